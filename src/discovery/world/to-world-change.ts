import type { Snapshot } from '../../model/snapshot.ts';
import type { ObjectChange } from '../registry/object-change.ts';
import type { SnapshotChange } from './snapshot-maker.ts';
import type { Update } from './update.ts';
import type { ChangedObject, WorldChange } from './world-change.ts';

/** What a turn came to. */
export interface Outcome {
  readonly update: Update;
  readonly previous: Snapshot;
  /** Absent when no part of the snapshot differs. */
  readonly made: SnapshotChange | undefined;
  readonly reason: string;
  readonly atMs: number;
}

/** Tells what a turn came to, in the words of those who watch. */
export function toWorldChange({ update, previous, made, reason, atMs }: Outcome): WorldChange {
  const objects = update.changes().map(toChangedObject);
  const shared = { previous, objects, issues: update.issues, reason, atMs };
  if (made === undefined) {
    return { ...shared, kind: 'report', snapshot: previous, parts: new Set(), endpointsOf: [], workloads: [] };
  }
  const { snapshot, parts, endpoints, workloads } = made;
  const kind = made.isEndpointsOnly ? 'endpoints' : 'config';
  const endpointsOf = endpoints.map(({ hostname, namespace }) => ({ hostname, namespace }));
  return { ...shared, kind, snapshot, parts, endpointsOf, workloads };
}

function toChangedObject({ key, before, after }: ObjectChange): ChangedObject {
  const kind = (after ?? before)?.kind ?? '';
  return { key, kind, change: before === undefined ? 'added' : after === undefined ? 'removed' : 'updated' };
}
