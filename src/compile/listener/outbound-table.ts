import { findListChange, type ListChange } from '../../kit/list-change.ts';
import type { CompileNote } from '../note.ts';
import { type Candidate, keyOfCandidate, OutboundEntries, toConflictNote } from './outbound-entry.ts';
import type { OutboundListeners } from './outbound-listeners.ts';
import type { CompiledListener } from './port-listener.ts';

/** What the services of one piece want to be served, by the listener that it is about. Identical while the services and their rules are. */
export interface Claims {
  readonly byKey: ReadonlyMap<string, readonly Candidate[]>;
  /** Some listener has several addresses: who has them depends on listeners before it. */
  readonly hasSeveralBinds: boolean;
}

/** Sorts candidates by their listeners. */
export function toClaims(candidates: readonly Candidate[]): Claims {
  return {
    byKey: Map.groupBy(candidates, keyOfCandidate),
    hasSeveralBinds: candidates.some(({ binds }) => binds.length > 1),
  };
}

/** A listener, with what users should hear of those that wanted to be served by it. */
interface Row {
  readonly listener: CompiledListener;
  readonly notes: readonly CompileNote[];
  /** The first who claimed it: there it stands in the order of all. */
  readonly first: Claims;
}

/**
 * The outbound listeners of one scope, in the order in which they were first claimed. Follows the claims from change to change: what a listener
 * is depends on who claims it and in which order, so only listeners that somebody new claims, or somebody no more, are looked at.
 */
export class OutboundTable {
  readonly #rows = new Map<string, Row>();
  readonly #lists = new Map<Claims, readonly Row[]>();
  #claims: readonly Claims[] = [];

  /** @param listeners compiles what nobody else's rules decide about: `claims` are without VirtualServices. */
  update(claims: readonly Claims[], listeners: OutboundListeners): void {
    const moved = new Set<string>();
    const change = findListChange(this.#claims, claims);
    const successor = findSuccessor(this.#claims, claims, change);
    const { gone, come, isReordered } = change;
    const touched = new Set((isReordered ? [...gone, ...claims] : [...gone, ...come]).flatMap(listKeys));
    this.#claims = claims;
    for (const key of touched) {
      if (successor !== undefined && isSame(successor.before.byKey.get(key), successor.after.byKey.get(key))) {
        this.#inherit(key, successor);
      } else if (this.#renew(key, listeners)) moved.add(key);
    }
    for (const one of gone) this.#lists.delete(one);
    for (const one of claims) {
      if (!this.#lists.has(one) || hasAny(one, moved)) this.#lists.set(one, this.#listRows(one));
    }
  }

  listeners(): readonly CompiledListener[] {
    return this.#claims.flatMap((one) => (this.#lists.get(one) ?? []).map(({ listener }) => listener));
  }

  notes(): readonly CompileNote[] {
    return this.#claims.flatMap((one) => (this.#lists.get(one) ?? []).flatMap(({ notes }) => notes));
  }

  #inherit(key: string, { before, after }: Successor): void {
    const row = this.#rows.get(key);
    if (row?.first === before) this.#rows.set(key, { ...row, first: after });
  }

  /** @returns whether others than those that changed have to take notice. */
  #renew(key: string, listeners: OutboundListeners): boolean {
    const before = this.#rows.get(key);
    const claiming = this.#claims.filter(({ byKey }) => byKey.has(key));
    const [first] = claiming;
    if (first === undefined) {
      this.#rows.delete(key);
      return false;
    }
    const entries = new OutboundEntries();
    const candidates = claiming.flatMap(({ byKey }) => byKey.get(key) ?? []);
    const refused = candidates.filter((candidate) => entries.add(candidate) === 'refused');
    const [entry] = entries.list();
    if (entry === undefined) throw new TypeError(`nobody claims ${key}`);
    const listener = listeners.compile(entry);
    if (before?.listener === listener && before.first === first && before.notes.length + refused.length === 0)
      return false;
    this.#rows.set(key, { listener, notes: [...refused.map(toConflictNote), ...listener.notes], first });
    return claiming.length > 1 || before !== undefined;
  }

  #listRows(claims: Claims): readonly Row[] {
    return [...claims.byKey.keys()].flatMap((key) => {
      const row = this.#rows.get(key);
      return row?.first === claims ? [row] : [];
    });
  }
}

/** Claims that took the place of others. */
interface Successor {
  readonly before: Claims;
  readonly after: Claims;
}

/** The one change that nearly always is all: candidates that both claims have then stand where they stood. */
function findSuccessor(
  old: readonly Claims[],
  now: readonly Claims[],
  { gone, come, isReordered }: ListChange<Claims>,
): Successor | undefined {
  const [[before, ...othersGone], [after, ...othersCome]] = [gone, come];
  if (isReordered || before === undefined || after === undefined) return undefined;
  const isAlone = othersGone.length + othersCome.length === 0;
  return isAlone && old.indexOf(before) === now.indexOf(after) ? { before, after } : undefined;
}

function isSame(a: readonly Candidate[] = [], b: readonly Candidate[] = []): boolean {
  return a.length === b.length && a.every((candidate, i) => candidate === b[i]);
}

function listKeys({ byKey }: Claims): readonly string[] {
  return [...byKey.keys()];
}

function hasAny({ byKey }: Claims, keys: ReadonlySet<string>): boolean {
  for (const key of keys) if (byKey.has(key)) return true;
  return false;
}
