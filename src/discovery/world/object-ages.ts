import type { ObjectKey } from '../../model/object.ts';

/**
 * When objects were first seen, which is how old those are that say nothing of it themselves: files carry no creation time. Of two objects that
 * want the same, the one that was there first keeps it, whatever the other is called and however often either is edited.
 *
 * What was there at the start is older than all that came later, and among itself in the order of names, as after any start.
 */
export class ObjectAges {
  readonly #seenAt = new Map<ObjectKey, number>();
  #now = 0;
  #isFirst = true;

  /** Begins a turn: what is new in it is of one age, younger than all before. The first turn brings what was there at the start. */
  begin(nowMs: number): void {
    if (!this.#isFirst) this.#now = Math.max(nowMs, this.#now + 1);
    this.#isFirst = false;
  }

  /** When an object was first seen, in milliseconds since the epoch; 0 when it was there at the start. */
  of(key: ObjectKey): number {
    const seenAt = this.#seenAt.get(key) ?? this.#now;
    this.#seenAt.set(key, seenAt);
    return seenAt;
  }

  /** The object is gone; should it come again, it is new. */
  forget(key: ObjectKey): void {
    this.#seenAt.delete(key);
  }
}
