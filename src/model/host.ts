import { PatchedMap } from '../kit/patched-map.ts';
import { compareText } from './object.ts';

/*
 * Host names as Istio matches them: a host is a wildcard when it begins with `*`, and matching is by suffix.
 * See istio pkg/config/host/name.go.
 */

/** Whether a host stands for many. */
export function isWildcard(host: string): boolean {
  return host.startsWith('*');
}

/** Whether two hosts overlap; symmetric. `*.foo.com` does not overlap `foo.com`. */
export function hostsOverlap(a: string, b: string): boolean {
  const wildA = isWildcard(a);
  const wildB = isWildcard(b);
  if (!wildA && !wildB) return a === b;
  if (wildA && wildB) return a.length >= b.length ? a.endsWith(b.slice(1)) : b.endsWith(a.slice(1));
  return wildA ? b.endsWith(a.slice(1)) : a.endsWith(b.slice(1));
}

/** Whether everything that `inner` matches is matched by `outer` too. */
export function isHostWithin(inner: string, outer: string): boolean {
  if (!isWildcard(outer)) return inner === outer;
  return (isWildcard(inner) ? inner.slice(1) : inner).endsWith(outer.slice(1));
}

/** Most specific first: literals before wildcards, longer before shorter, then by text. */
export function compareSpecificity(a: string, b: string): number {
  return Number(isWildcard(a)) - Number(isWildcard(b)) || b.length - a.length || compareText(a, b);
}

/**
 * The full name of a host that a user wrote in an object of `namespace`: names without a dot are services of that namespace.
 * @see istio pkg/config/model `ResolveShortnameToFQDN`
 */
export function resolveHost(host: string, namespace: string, domainSuffix: string): string {
  if (host === '' || host === '*' || host.includes('.') || host.includes(':')) return host;
  return `${host}.${namespace}.svc.${domainSuffix}`;
}

/**
 * Values by host, found by the most specific host that covers what is asked.
 * Immutable once built; look-ups cost the number of labels of the name, not the number of entries.
 */
export class HostIndex<T> {
  readonly #literal: PatchedMap<string, T>;
  /** By the text after `*`. */
  readonly #wildcard: ReadonlyMap<string, T>;

  private constructor(literal: PatchedMap<string, T>, wildcard: ReadonlyMap<string, T>) {
    this.#literal = literal;
    this.#wildcard = wildcard;
  }

  /** An index of these; of two values for one host the first counts. */
  static of<T>(entries: Iterable<readonly [host: string, value: T]>): HostIndex<T> {
    const literal = new Map<string, T>();
    const wildcard = new Map<string, T>();
    for (const [host, value] of entries) {
      const map = isWildcard(host) ? wildcard : literal;
      const key = isWildcard(host) ? host.slice(1) : host;
      if (!map.has(key)) map.set(key, value);
    }
    return new HostIndex(PatchedMap.of(literal), wildcard);
  }

  /** The same index with these values; `undefined` for hosts that are gone. */
  with(changes: ReadonlyMap<string, T | undefined>): HostIndex<T> {
    const literal = [...changes].filter(([host]) => !isWildcard(host));
    if (literal.length === changes.size) return new HostIndex(this.#literal.with(literal), this.#wildcard);
    const wildcard = new Map(this.#wildcard);
    for (const [host, value] of changes) {
      if (!isWildcard(host)) continue;
      if (value === undefined) wildcard.delete(host.slice(1));
      else wildcard.set(host.slice(1), value);
    }
    return new HostIndex(this.#literal.with(literal), wildcard);
  }

  find(needle: string): T | undefined {
    const exact = isWildcard(needle) ? undefined : this.#literal.get(needle);
    return exact !== undefined ? exact : this.#findWildcard(isWildcard(needle) ? needle.slice(1) : needle);
  }

  // Suffixes are tried longest first, at every character: `*.foo`, but also `*-v1.foo`, are wildcards to Istio.
  #findWildcard(tail: string): T | undefined {
    if (this.#wildcard.size === 0) return undefined;
    for (let at = 0; at <= tail.length; at++) {
      const found = this.#wildcard.get(tail.slice(at));
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
