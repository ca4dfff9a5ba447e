import type { World } from '../../discovery/world/world.ts';
import type { ObjectKey } from '../../model/object.ts';
import { toPlace } from '../../model/object.ts';
import type { ChangeLog } from '../change-log.ts';
import type { Isolation } from './case.ts';
import { FAILED } from './message.ts';
import type { Suspect } from './suspects.ts';

/** Isolates objects by the world's quarantine, and tells operators of those that stay isolated. */
export class WorldIsolation implements Isolation {
  readonly #world: World;
  readonly #changes: ChangeLog;
  readonly #changedAt: (key: ObjectKey) => number;
  readonly #told = new Set<ObjectKey>();

  /** @param changedAt Which objects changed together: larger is later. */
  constructor(world: World, changes: ChangeLog, changedAt: (key: ObjectKey) => number) {
    this.#world = world;
    this.#changes = changes;
    this.#changedAt = changedAt;
  }

  /** An object that is out of force has shaped nothing. */
  findSuspect(key: string): Suspect | undefined {
    const object = this.#world.findObject(key as ObjectKey);
    if (object?.revision === undefined) return undefined;
    const isQuarantined = this.#world.listQuarantined().some(([quarantined]) => quarantined === key);
    const changedAt = this.#changedAt(object.key);
    return { key: object.key, changedAt, text: object.textInForce, ...(isQuarantined && { isQuarantined }) };
  }

  isolate(keys: readonly ObjectKey[], because: string): void {
    this.#world.quarantineAll(keys, because);
    // Of many at a time most are innocent and soon back: those that stay are told of when that is known.
    if (keys.length === 1) this.tell(keys);
  }

  acquit(keys: readonly ObjectKey[]): void {
    this.forget(keys);
    this.#world.release(...keys);
  }

  /** Tells of isolated objects that nobody was told of. */
  tell(keys: readonly ObjectKey[]): void {
    const quarantined = new Map(this.#world.listQuarantined());
    for (const key of keys) {
      const quarantine = quarantined.get(key);
      if (quarantine === undefined || this.#told.has(key)) continue;
      this.#told.add(key);
      const origin = this.#world.findObject(key)?.origin;
      const code = quarantine.because.startsWith(FAILED) ? 'COMPILE_FAILED' : 'ENVOY_REJECTED';
      this.#changes.isolated({
        key,
        place: origin === undefined ? key : toPlace(origin),
        code,
        because: quarantine.because,
      });
    }
  }

  /** These objects changed: should they be isolated again, that is news. */
  forget(keys: readonly ObjectKey[]): void {
    for (const key of keys) this.#told.delete(key);
  }
}
