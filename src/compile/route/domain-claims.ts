import type { CompileCache } from '../cache.ts';
import { type DomainList, withoutDomains } from './domains.ts';

/**
 * Who has which domain within one route configuration: the first to ask keeps it, because Envoy refuses a configuration in which two virtual
 * hosts have the same one. Mutable, and made anew for every walk.
 */
export class DomainClaims<Owner> {
  readonly #owners = new Map<string, Owner>();
  readonly #isHost: (domain: string) => boolean;

  /** `isHost` knows the hosts that are written as such: nobody's short name may take one of them. */
  constructor(isHost: (domain: string) => boolean) {
    this.#isHost = isHost;
  }

  /** The part of `list` that `owner` gets, the identical list where it gets all; `undefined` for nothing. */
  claim(list: DomainList, owner: Owner, cache: CompileCache): DomainList | undefined {
    const dropped: number[] = [];
    for (const [position, key] of list.keys.entries()) {
      if (this.#owners.has(key) || this.#isOthersHost(list, position)) dropped.push(position);
      else this.#owners.set(key, owner);
    }
    if (dropped.length === 0) return list;
    return dropped.length === list.keys.length ? undefined : cache.call(withoutDomains, list, dropped.join());
  }

  /** Who has `domain`, which is in lower case. */
  findOwner(domain: string): Owner | undefined {
    return this.#owners.get(domain);
  }

  #isOthersHost(list: DomainList, position: number): boolean {
    const name = list.names[position];
    return name !== undefined && list.alternates.has(name) && this.#isHost(name);
  }
}
