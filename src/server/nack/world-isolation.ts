import type { World } from '../../discovery/world/world.ts';
import type { ObjectKey } from '../../model/object.ts';
import { toPlace } from '../../model/object.ts';
import type { ChangeLog } from '../change-log.ts';
import type { Isolation } from './nack-board.ts';
import type { Suspect } from './suspects.ts';

/** Isolates objects by the world's quarantine. */
export function isolationBy(world: World, changes: ChangeLog): Isolation {
  return {
    findSuspect: (key) => findSuspect(world, key as ObjectKey),
    isolate(key, because) {
      const object = world.findObject(key);
      if (object?.revision === undefined) return;
      changes.isolated(key, object.origin === undefined ? key : toPlace(object.origin), because);
      world.quarantine(key, object.revision, because);
    },
    acquit: (key) => void world.release(key),
  };
}

/** An object that is out of force has shaped nothing. */
function findSuspect(world: World, key: ObjectKey): Suspect | undefined {
  const object = world.findObject(key);
  return object?.revision === undefined ? undefined : { key, changedAt: object.changedAt, text: object.text };
}
