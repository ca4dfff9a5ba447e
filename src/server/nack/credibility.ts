import { isIP } from 'node:net';
import type { Resource } from '../../xds/resource.ts';
import type { TypeUrl } from '../../xds/type-url.ts';

/** A proxy that refused something, as far as its word counts. */
export interface Witness {
  /** Of its connection. */
  readonly id: string;
  /** `address:port` of the peer. */
  readonly address: string;
  /** It proved who it is, or is of this machine: its word alone is enough. */
  readonly isTrusted: boolean;
  /** Whether this very version is what it would be served now. */
  isServed(typeUrl: TypeUrl, resource: Resource): boolean;
  /** How many others, whose word counts as well, have accepted this very version. */
  countAccepting(typeUrl: TypeUrl, resource: Resource): number;
}

/** Those who refused the same. */
export class Witnesses {
  readonly #addresses = new Set<string>();
  readonly #connected = new Set<string>();
  #isTrusted = false;

  add({ id, address, isTrusted }: Witness): void {
    this.#addresses.add(hostOf(address));
    this.#connected.add(id);
    this.#isTrusted ||= isTrusted;
  }

  has(id: string): boolean {
    return this.#connected.has(id);
  }

  /** A connection has ended. @returns whether it was the last, and nobody of another address ever said the same. */
  leave(id: string): boolean {
    return this.#connected.delete(id) && this.#connected.size === 0 && this.#addresses.size < 2;
  }

  /** How many of those who refused are connected. */
  get count(): number {
    return this.#connected.size;
  }

  /** Whether one connection alone ever said so, and it is this. */
  areOnly(id: string): boolean {
    return this.#connected.size === 1 && this.#connected.has(id);
  }

  /** Whether nobody who refused is there any more. */
  get areGone(): boolean {
    return this.#connected.size === 0;
  }

  /** Anyone may connect and refuse what others need: one stranger's word changes nothing for the rest. */
  get areCredible(): boolean {
    return this.#isTrusted || this.#addresses.size > 1;
  }
}

function hostOf(address: string): string {
  return isIP(address) !== 0 ? address : address.replace(/:\d+$/, '');
}
