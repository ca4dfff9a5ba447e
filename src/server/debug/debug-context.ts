import type { KindState } from '../../discovery/kube/kind-watch.ts';
import type { ClusterReport } from '../../discovery/multi-cluster/remote-clusters.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { StreamStatus } from '../../xds/session.ts';
import type { ConnectedProxy } from '../proxy/connected-proxy.ts';
import type { RoundReport } from '../push-rounds.ts';

/** What the debug pages may look at. They change nothing, except where their name says so. */
export interface DebugContext {
  snapshot(): Snapshot;
  streams(): readonly StreamStatus[];
  /** By connection id. */
  findProxy(id: string): ConnectedProxy | undefined;
  /** Every object that is known, as written, with what became of it. */
  listObjects(): readonly DebugObject[];
  lastRound(): RoundReport | undefined;
  cacheFacts(): { readonly size: number; readonly hits: number; readonly misses: number };
  /** How each kind of the cluster is followed; empty without a cluster. */
  watchedKinds(): readonly KindState[];
  /** The clusters of the mesh, that of the configuration first. */
  clusters(): readonly ClusterReport[];
  /** What pods are injected by; absent where none are. */
  injection?(): object;
  /** Makes every proxy look at its view again. */
  pushAll(reason: string): void;
}

/** One object of the user's, for `configz`. */
export interface DebugObject {
  readonly key: ObjectKey;
  /** As written, whatever its kind, without key material; `kind` and `metadata` are always there. */
  readonly written: Readonly<Record<string, unknown>>;
  /** `file:line:column`. */
  readonly place: string;
  readonly fate: unknown;
  /** A version of it is out of force because a proxy refused it. */
  readonly isQuarantined: boolean;
  readonly issues: readonly unknown[];
}
