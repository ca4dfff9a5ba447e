import { type Clock, systemClock } from '../../kit/clock.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { NackFact } from '../../xds/view-source.ts';
import { Case, type Isolation } from './case.ts';
import { type Witness, Witnesses } from './credibility.ts';
import { FAILED, isOfSurroundings, parseRefusalText, REFUSED } from './message.ts';
import type { Refusal, Suspect } from './suspects.ts';
import { listAccused, listSuspects } from './suspects.ts';

/** What came of a refusal. */
export type Verdict =
  | { readonly kind: 'isolated'; readonly objects: readonly ObjectKey[] }
  /** What was refused is not served any more, or was looked into in vain before. */
  | { readonly kind: 'known' }
  /** One stranger said so: it counts when another says the same. */
  | { readonly kind: 'unconfirmed' }
  /** At least as many proxies have accepted the very same as refuse it: the refusal is about the proxy, not about these objects. */
  | { readonly kind: 'contradicted'; readonly objects: readonly ObjectKey[] }
  /** One connection has as much out of force by its word alone as one may. */
  | { readonly kind: 'excessive' }
  /** The proxy's machine is at fault, not the objects, of which these are the likeliest. */
  | { readonly kind: 'surroundings'; readonly objects: readonly ObjectKey[] }
  /** No object of a user is behind it: the fault is ours. */
  | { readonly kind: 'unexplained' };

/** A refusal that is being looked into, and who refused. */
interface Entry {
  readonly witnesses: Witnesses;
  looked: Case | undefined;
  /** Served, and nobody has refused it since. */
  isPushed: boolean;
}

/** Stands for whoever connects, where what was refused concerns all. */
export const ANYBODY = '*';

/** How long the isolations outlive the last of those who refused, in milliseconds; doubled each time that it was in vain. */
const LAPSE_MS = 10_000;
const MAX_LAPSE_MS = 3_600_000;
/** Facts that are remembered so that they are told once. */
const MAX_REMEMBERED = 1000;
const NOTHING_CHANGED: ReadonlySet<ObjectKey> = new Set();
/** Refusals in different words by which one connection may keep objects out of force that nobody else refuses. */
const MAX_ALONE = 8;

/**
 * Finds the objects behind each refusal and isolates them, so that one bad object neither freezes nor empties anybody's configuration.
 *
 * Only a refusal of what is served now counts. All that was concluded ends when an object changes that may have had to do with it: then proxies
 * judge afresh.
 */
export class NackBoard {
  readonly #isolation: Isolation;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #lapseMs = new Map<string, number>();
  readonly #told = new Set<string>();

  constructor(isolation: Isolation, clock: Clock = systemClock) {
    this.#isolation = isolation;
    this.#clock = clock;
  }

  judge(fact: NackFact, witness: Witness): Verdict {
    const refusal: Refusal = { message: fact.message, resources: fact.suspects };
    const accused = listAccused(refusal);
    const { text } = parseRefusalText(fact.message);
    // By words alone: two cases about the same objects would undo each other's steps.
    const id = `${fact.typeUrl} ${text}`;
    // Once one of them has changed, all of them are on their way again, and what comes of that is judged.
    const isServed = () => accused.every((resource) => witness.isServed(fact.typeUrl, resource));
    if (accused.length > 0 && !isServed()) {
      this.#entries.get(id)?.witnesses.add(witness);
      return { kind: 'known' };
    }
    const suspects = listSuspects(refusal, (key) => this.#isolation.findSuspect(key));
    if (isOfSurroundings(text)) return this.#tellOnce('surroundings', id, suspects);
    const entry = this.#open(id, witness);
    if (!entry.witnesses.areCredible) return { kind: 'unconfirmed' };
    const accepting = accused.map((resource) => witness.countAccepting(fact.typeUrl, resource));
    if (accepting.length > 0 && Math.min(...accepting) >= entry.witnesses.count) {
      // What was put out of force meanwhile was so for one proxy's sake.
      entry.looked?.drop(NOTHING_CHANGED);
      entry.looked = undefined;
      return this.#tellOnce('contradicted', id, suspects);
    }
    if (entry.looked === undefined && this.#countAlone(witness.id) >= MAX_ALONE) return { kind: 'excessive' };
    const because = `${fact.typeUrl === '' ? FAILED : REFUSED}: ${text}`;
    return this.#look(entry, { because, suspects, isServed });
  }

  /** All proxies are about to be served what is in force now. */
  pushed(): void {
    for (const entry of this.#entries.values()) entry.isPushed = true;
  }

  /** A proxy has taken all that it is served. @returns the objects that are found guilty by that. */
  settled(id: string): readonly ObjectKey[] {
    return [...this.#entries.values()].flatMap((entry) => {
      const isConcerned = entry.witnesses.has(id) || entry.witnesses.has(ANYBODY);
      if (!entry.isPushed || !isConcerned || entry.looked === undefined) return [];
      const guilty = entry.looked.accepted();
      entry.isPushed = false;
      return guilty ?? [];
    });
  }

  /** A proxy is gone. When nobody is left who refused, what it brought about is taken back after a while, by `within`. */
  left(id: string, within: (run: () => void) => void): void {
    for (const [name, entry] of this.#entries) {
      if (!entry.witnesses.leave(id)) continue;
      const lapseMs = this.#lapseMs.get(name) ?? LAPSE_MS;
      this.#clock.setTimeout(() => within(() => this.#lapse(name, entry)), lapseMs);
    }
  }

  /** Objects changed: what was concluded where they may have been the cause no longer counts. */
  forget(keys: readonly ObjectKey[]): void {
    const changed = new Set(keys);
    for (const [id, { looked }] of this.#entries) {
      if (looked === undefined || !keys.some((key) => looked.concerns(key))) continue;
      if (looked.isCertain && !looked.isolated.some((key) => changed.has(key))) continue;
      this.#entries.delete(id);
      looked.drop(changed);
    }
    if (keys.length > 0) this.#told.clear();
  }

  #open(id: string, witness: Witness): Entry {
    const entry = this.#entries.get(id) ?? { witnesses: new Witnesses(), looked: undefined, isPushed: false };
    entry.witnesses.add(witness);
    this.#entries.set(id, entry);
    if (this.#entries.size > MAX_REMEMBERED) this.#shed();
    return entry;
  }

  /** Strangers can think up any number of refusals; those that nothing came of go first. */
  #shed(): void {
    for (const [id, { looked }] of this.#entries) {
      if (this.#entries.size <= MAX_REMEMBERED / 2) return;
      if (looked === undefined || looked.isolated.length === 0) this.#entries.delete(id);
    }
  }

  /** Goes on until what was refused is served no more, or nobody is left to suspect. */
  #look(entry: Entry, { because, suspects, isServed }: Looked): Verdict {
    const wasUnexplained = entry.looked?.isUnexplained ?? false;
    entry.looked ??= new Case(because, suspects, this.#isolation);
    entry.looked.addSuspects(suspects);
    entry.isPushed = false;
    const objects: ObjectKey[] = [];
    do {
      const isolated = entry.looked.refused();
      if (isolated.length === 0) return { kind: wasUnexplained ? 'known' : 'unexplained' };
      objects.push(...isolated);
    } while (isServed());
    return { kind: 'isolated', objects };
  }

  #lapse(id: string, entry: Entry): void {
    if (!entry.witnesses.areGone || this.#entries.get(id) !== entry) return;
    this.#entries.delete(id);
    this.#lapseMs.set(id, Math.min(MAX_LAPSE_MS, 2 * (this.#lapseMs.get(id) ?? LAPSE_MS)));
    if (this.#lapseMs.size > MAX_REMEMBERED) this.#lapseMs.delete(this.#lapseMs.keys().next().value ?? '');
    entry.looked?.drop(NOTHING_CHANGED);
  }

  /** Of how many refusals, by which something is out of force, a connection is the only witness. */
  #countAlone(id: string): number {
    const entries = [...this.#entries.values()];
    return entries.filter(({ witnesses, looked }) => (looked?.isolated.length ?? 0) > 0 && witnesses.areOnly(id))
      .length;
  }

  #tellOnce(kind: 'surroundings' | 'contradicted', id: string, suspects: readonly (readonly Suspect[])[]): Verdict {
    if (this.#told.has(id)) return { kind: 'known' };
    this.#told.add(id);
    if (this.#told.size > MAX_REMEMBERED) this.#told.delete(this.#told.values().next().value ?? '');
    return { kind, objects: (suspects[0] ?? []).slice(0, 1).map(({ key }) => key) };
  }
}

interface Looked {
  /** Why what is isolated is, as the end of a sentence. */
  readonly because: string;
  readonly suspects: readonly (readonly Suspect[])[];
  isServed(): boolean;
}
