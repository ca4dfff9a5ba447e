import type { CompileCache } from '../cache.ts';
import { type DomainList, withoutDomains } from './domains.ts';

/** Which host has which domain, to look up. */
export interface DomainOwners {
  /** Who has `domain`, which is in lower case. */
  findOwner(domain: string): string | undefined;
  /** Whether what `host` got depended on the order of claims. */
  isRival(host: string): boolean;
}

/**
 * Which host has which domain within one route configuration: the first to ask keeps it, because Envoy refuses a configuration in which two
 * virtual hosts have the same one. Mutable while it is being filled.
 */
export class DomainClaims implements DomainOwners {
  readonly #owners = new Map<string, string>();
  /** Hosts that asked for a domain of another, and those others: whose virtual hosts depend on who comes first. */
  readonly #rivals = new Set<string>();
  readonly #isHost: (domain: string) => boolean;

  /** `isHost` knows the hosts that are written as such: nobody's short name may take one of them. */
  constructor(isHost: (domain: string) => boolean) {
    this.#isHost = isHost;
  }

  /** The part of `list` that `host` gets, the identical list where it gets all; `undefined` for nothing. */
  claim(list: DomainList, host: string, cache: CompileCache): DomainList | undefined {
    const { keys } = list;
    let dropped = '';
    let kept = 0;
    for (let position = 0; position < keys.length; position++) {
      const key = keys[position] ?? '';
      const owner = this.#owners.get(key);
      if (owner === undefined && !this.#isOthersHost(list, position)) {
        this.#owners.set(key, host);
        kept++;
        continue;
      }
      // The same name twice in one list is no rivalry.
      if (owner !== undefined && owner !== host) this.#rivals.add(owner).add(host);
      dropped += dropped === '' ? position : `,${position}`;
    }
    if (dropped === '') return list;
    return kept === 0 ? undefined : cache.call(withoutDomains, list, dropped);
  }

  /** Who has `domain`, which is in lower case. */
  findOwner(domain: string): string | undefined {
    return this.#owners.get(domain);
  }

  /** Whether what `host` got depended on the order of claims. */
  isRival(host: string): boolean {
    return this.#rivals.has(host);
  }

  #isOthersHost(list: DomainList, position: number): boolean {
    const name = list.names[position];
    return name !== undefined && list.alternates.has(name) && this.#isHost(name);
  }
}
