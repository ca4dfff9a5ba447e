import type { Issue } from '../../model/issue.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { SnapshotPart } from './snapshot-maker.ts';

/** One object whose version in force changed. */
export interface ChangedObject {
  readonly key: ObjectKey;
  readonly kind: string;
  readonly change: 'added' | 'updated' | 'removed';
}

/**
 * News of the world.
 *
 * - `endpoints`: EDS alone can carry it, so it need not wait for other changes. Only the parts `endpoints` and `workloads` differ.
 * - `config`: anything else that reaches proxies.
 * - `report`: nothing for proxies; issues or fates are different.
 */
export interface WorldChange {
  readonly kind: 'endpoints' | 'config' | 'report';
  readonly snapshot: Snapshot;
  /** The snapshot before; the same value for a `report`. */
  readonly previous: Snapshot;
  /** Parts of the snapshot that are different values now; all others are the identical ones. */
  readonly parts: ReadonlySet<SnapshotPart>;
  /** Objects whose version in force is another now, in no particular order. */
  readonly objects: readonly ChangedObject[];
  /** Services whose endpoints are different now. */
  readonly endpointsOf: readonly { readonly hostname: string; readonly namespace: string }[];
  /** Pods and WorkloadEntries that are different workloads now: their own proxies may serve other services than before. */
  readonly workloads: readonly ObjectKey[];
  /** Issues that were not there before. */
  readonly issues: readonly Issue[];
  /** What happened, in a few words for people: `mesh/reviews.yaml changed`. */
  readonly reason: string;
  /** When the first of the changes was told, in milliseconds since the epoch. */
  readonly atMs: number;
}
