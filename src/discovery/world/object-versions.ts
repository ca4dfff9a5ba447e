import type { ParsedObject } from '../../config/parsed-object.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { ObjectChange } from '../registry/object-change.ts';
import { isSameContent } from '../registry/same-content.ts';

/** Earlier good versions that are remembered: two, should a proxy's refusal of the last one come after it was replaced already. */
const MAX_EARLIER = 2;

/** A version that was put out of force. */
export interface Quarantine {
  readonly revision: string;
  readonly because: string;
}

/** What is known of one object. */
export interface ObjectState {
  /** The last version that was read without errors. */
  readonly latest?: ParsedObject;
  /** Versions before it, newest first, that were in force until they were replaced. */
  readonly earlier: readonly ParsedObject[];
  readonly quarantine?: Quarantine;
  /** Its present text has errors; whatever is in force is older. */
  readonly isRejected: boolean;
  /** Counts up with every change of any object's version in force: larger is later. */
  readonly changedAt: number;
}

const UNKNOWN: ObjectState = { earlier: [], isRejected: false, changedAt: 0 };

/**
 * Which version of each object is in force: the last one without errors, unless it is in quarantine; then the last that had been in force
 * before and was not.
 */
export class ObjectVersions {
  readonly #states = new Map<ObjectKey, ObjectState>();
  #changes = 0;

  find(key: ObjectKey): ObjectState | undefined {
    return this.#states.get(key);
  }

  /** The version of an object that counts; `undefined` when there is none. */
  inForce(key: ObjectKey): ParsedObject | undefined {
    return inForceOf(this.#states.get(key));
  }

  /** Every object that has a version in force. */
  *listInForce(): Iterable<readonly [ObjectKey, ParsedObject]> {
    for (const [key, state] of this.#states) {
      const object = inForceOf(state);
      if (object !== undefined) yield [key, object];
    }
  }

  listQuarantined(): readonly (readonly [ObjectKey, Quarantine])[] {
    return [...this.#states].flatMap(([key, { quarantine }]) => (quarantine ? [[key, quarantine] as const] : []));
  }

  /** The object is written like this now; without `object`, with errors. A version other than the quarantined one ends the quarantine. */
  declare(key: ObjectKey, object: ParsedObject | undefined): ObjectChange | undefined {
    const state = this.#states.get(key) ?? UNKNOWN;
    if (object === undefined) return this.#set(key, { ...state, isRejected: true });
    if (state.latest && isSameContent(state.latest.value, object.value)) {
      return this.#set(key, { ...state, isRejected: false });
    }
    const { latest, quarantine } = state;
    const earlier = latest && !quarantine ? [latest, ...state.earlier].slice(0, MAX_EARLIER) : state.earlier;
    return this.#set(key, { latest: object, earlier, isRejected: false, changedAt: state.changedAt });
  }

  /** The object is written nowhere any more. */
  remove(key: ObjectKey): ObjectChange | undefined {
    const before = this.inForce(key);
    this.#states.delete(key);
    return before && { key, before };
  }

  /** Puts a version out of force. An earlier version is forgotten; one that is not known changes nothing. */
  quarantine(key: ObjectKey, quarantine: Quarantine): ObjectChange | undefined {
    const state = this.#states.get(key);
    if (state === undefined) return undefined;
    if (state.latest?.meta.revision === quarantine.revision) return this.#set(key, { ...state, quarantine });
    const earlier = state.earlier.filter(({ meta }) => meta.revision !== quarantine.revision);
    return this.#set(key, { ...state, earlier });
  }

  /** Puts a quarantined version back into force. */
  release(key: ObjectKey): ObjectChange | undefined {
    const state = this.#states.get(key);
    if (state?.quarantine === undefined) return undefined;
    const { quarantine: _, ...released } = state;
    return this.#set(key, released);
  }

  #set(key: ObjectKey, state: ObjectState): ObjectChange | undefined {
    const before = this.inForce(key);
    const after = inForceOf(state);
    const isChanged = before !== after;
    if (isChanged) this.#changes++;
    this.#states.set(key, isChanged ? { ...state, changedAt: this.#changes } : state);
    if (!isChanged) return undefined;
    return { key, ...(before && { before }), ...(after && { after }) };
  }
}

function inForceOf(state: ObjectState | undefined): ParsedObject | undefined {
  return state?.quarantine ? state.earlier[0] : state?.latest;
}
