import type { ObjectKey } from '../../model/object.ts';
import type { NackFact } from '../../xds/view-source.ts';
import type { Refusal, Suspect } from './suspects.ts';
import { listAccused, listSuspects } from './suspects.ts';

/** Puts objects out of force and back; the world does it. */
export interface Isolation {
  findSuspect(key: string): Suspect | undefined;
  /** Serves the object's last good version, or none, until it changes. */
  isolate(key: ObjectKey, because: string): void;
  /** Takes an isolation back: the object turned out not to be the cause. */
  acquit(key: ObjectKey): void;
}

/** One refusal that is being looked into. */
interface Case {
  readonly message: string;
  readonly untried: Suspect[];
  current: ObjectKey | undefined;
}

/** What came of a refusal. */
export type Verdict =
  | { readonly kind: 'isolated'; readonly object: ObjectKey }
  /** The same content was refused before, by another proxy: it is being dealt with. */
  | { readonly kind: 'known' }
  /** No object of a user is behind it: the fault is ours. */
  | { readonly kind: 'unexplained' };

/**
 * Finds the object behind each refusal and isolates it, so that one bad object neither freezes nor empties anybody's configuration.
 *
 * When the same words come back about the next version, the accused was innocent: it is acquitted and the next suspect is tried. Other words
 * are another case.
 */
export class NackBoard {
  readonly #isolation: Isolation;
  readonly #cases = new Map<string, Case>();
  readonly #seen = new Set<string>();

  constructor(isolation: Isolation) {
    this.#isolation = isolation;
  }

  judge(fact: NackFact): Verdict {
    const refusal: Refusal = { message: fact.message, resources: fact.suspects };
    const accused = listAccused(refusal);
    const fresh = accused.filter((r) => this.#isNew(`${fact.typeUrl} ${r.name} ${r.version}`));
    if (fresh.length === 0) return { kind: accused.length === 0 ? 'unexplained' : 'known' };
    const id = `${fact.typeUrl} ${fresh.map((r) => r.name).join(',')}`;
    const open = this.#cases.get(id);
    const resumed = open !== undefined && open.message === fact.message ? open : undefined;
    if (resumed?.current !== undefined) this.#isolation.acquit(resumed.current);
    const tried = resumed ?? this.#open(id, refusal);
    return this.#isolateNext(tried, fact);
  }

  /** An object changed: what was concluded about it no longer counts. */
  forget(keys: readonly ObjectKey[]): void {
    const changed = new Set(keys);
    for (const [id, { current }] of this.#cases) {
      if (current !== undefined && changed.has(current)) this.#cases.delete(id);
    }
  }

  #isNew(version: string): boolean {
    if (this.#seen.has(version)) return false;
    this.#seen.add(version);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value ?? '');
    return true;
  }

  #open(id: string, refusal: Refusal): Case {
    const opened: Case = {
      message: refusal.message,
      untried: [...listSuspects(refusal, (key) => this.#isolation.findSuspect(key))],
      current: undefined,
    };
    this.#cases.set(id, opened);
    return opened;
  }

  #isolateNext(tried: Case, fact: NackFact): Verdict {
    tried.current = tried.untried.shift()?.key;
    if (tried.current === undefined) return { kind: 'unexplained' };
    this.#isolation.isolate(tried.current, `a proxy refused what it compiles to: ${fact.message}`);
    return { kind: 'isolated', object: tried.current };
  }
}

/** Refused versions that are remembered, so that a thousand proxies refusing the same content are one case. */
const MAX_SEEN = 10_000;
