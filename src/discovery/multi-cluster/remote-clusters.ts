import type { ParsedObject } from '../../config/parsed-object.ts';
import { systemClock } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { Secret } from '../../model/kubernetes.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { ObjectChange } from '../registry/object-change.ts';
import { managedClusters } from './metrics.ts';
import { type ClusterSettings, RemoteCluster, type Sources, type SyncStatus } from './remote-cluster.ts';
import { listNamedClusters, type NamedCluster } from './remote-secret.ts';

const log = createLog('multicluster');

/** `PILOT_REMOTE_CLUSTER_TIMEOUT` where nobody sets it. Milliseconds. */
const TIMEOUT_MS = 30_000;

/** The part of a world that holds secrets and takes sources. */
export interface ClusterWorld extends Sources {
  listInForce(): Iterable<readonly [ObjectKey, ParsedObject]>;
  watchObjects(listener: (changes: readonly ObjectChange[]) => void): () => void;
}

/** What the clusters of a mesh are made of. */
export interface RemoteClustersOptions extends Partial<ClusterSettings> {
  readonly world: ClusterWorld;
  /** Id of the cluster of the configuration, which no secret can name. */
  readonly cluster: string;
  /** Namespace of the control plane: secrets count nowhere else. */
  readonly systemNamespace: string;
  readonly createRemote: ClusterSettings['createRemote'];
  /** For how long nothing was heard of the cluster of the configuration, in milliseconds; 0 when absent. */
  readonly ageMs?: () => number;
}

/** One cluster of the mesh, for reports. */
export interface ClusterReport {
  readonly id: string;
  /** `namespace/name`; absent for the cluster of the configuration. */
  readonly secretName?: string;
  readonly syncStatus: SyncStatus;
  /** For how long nothing was heard of it, in milliseconds. */
  readonly ageMs: number;
  readonly fault?: string;
}

/**
 * Keeps the clusters that secrets name among the sources of the world: a secret comes, changes, goes, and so do they. One cluster is of one
 * secret, the first that named it.
 * @see istio pkg/kube/multicluster/secretcontroller.go `Controller`
 */
export class RemoteClusters {
  readonly #options: RemoteClustersOptions;
  readonly #settings: ClusterSettings;
  readonly #clusters = new Map<string, RemoteCluster>();
  readonly #secrets = new Map<ObjectKey, Secret>();
  #unwatch = () => {};

  constructor(options: RemoteClustersOptions) {
    this.#options = options;
    const { world, createRemote, clock = systemClock, timeoutMs = TIMEOUT_MS } = options;
    this.#settings = { world, createRemote, clock, timeoutMs };
  }

  /** Follows every cluster that is named now, and those that will be. Resolves when none of them is to be waited for any more. */
  async start(): Promise<void> {
    const { world } = this.#options;
    this.#unwatch = world.watchObjects((changes) => this.#onChanges(changes));
    for (const [key, object] of world.listInForce()) this.#remember(key, object);
    this.#settle();
    await Promise.all([...this.#clusters.values()].map(({ settled }) => settled));
  }

  async stop(): Promise<void> {
    this.#unwatch();
    await Promise.all([...this.#clusters.values()].map((cluster) => cluster.close()));
    this.#clusters.clear();
  }

  /** Every cluster, that of the configuration first. */
  list(): readonly ClusterReport[] {
    const remote = [...this.#clusters.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(({ id, secret, status, ageMs, fault }) => ({
        id,
        secretName: secret,
        syncStatus: status,
        ageMs,
        ...(fault !== undefined && { fault }),
      }));
    const { cluster: id, ageMs = () => 0 } = this.#options;
    return [{ id, syncStatus: 'synced', ageMs: ageMs() }, ...remote];
  }

  #onChanges(changes: readonly ObjectChange[]): void {
    let isTouched = false;
    for (const { key, after } of changes) isTouched = this.#remember(key, after) || isTouched;
    if (isTouched) this.#settle();
  }

  /** @returns whether clusters may be named differently now. */
  #remember(key: ObjectKey, object: ParsedObject | undefined): boolean {
    const secret = object?.kind === 'Secret' ? object.value : undefined;
    if (secret !== undefined && listNamedClusters(secret, this.#options.systemNamespace).length > 0) {
      this.#secrets.set(key, secret);
      return true;
    }
    return this.#secrets.delete(key);
  }

  #settle(): void {
    const named = this.#listNamed();
    for (const [id, cluster] of this.#clusters) {
      if (named.has(id)) continue;
      this.#clusters.delete(id);
      log.info({ event: 'cluster.left', cluster: id }, `cluster ${id} is no part of the mesh any more`);
      void cluster.close();
    }
    for (const [id, { secret, kubeconfig }] of named) {
      const cluster = this.#clusters.get(id) ?? new RemoteCluster(id, this.#settings);
      this.#clusters.set(id, cluster);
      cluster.use(kubeconfig, secret);
    }
    managedClusters.set(1, { cluster_type: 'local' });
    managedClusters.set(this.#clusters.size, { cluster_type: 'remote' });
  }

  /** Who names a cluster already goes on naming it; among others the first by name does. */
  #listNamed(): ReadonlyMap<string, NamedCluster & { readonly secret: string }> {
    const { cluster: own, systemNamespace } = this.#options;
    const all = [...this.#secrets.values()]
      .map((value) => ({ value, secret: `${value.meta.namespace}/${value.meta.name}` }))
      .sort((a, b) => (a.secret < b.secret ? -1 : 1))
      .flatMap(({ value, secret }) => listNamedClusters(value, systemNamespace).map((named) => ({ ...named, secret })));
    const found = new Map<string, NamedCluster & { readonly secret: string }>();
    for (const named of all) {
      const { id, secret } = named;
      if (id === own) {
        log.warn({ event: 'cluster.own', cluster: id, secret }, `${secret} names cluster ${id}, which this one is`);
        continue;
      }
      const other = found.get(id);
      if (other === undefined) found.set(id, named);
      else {
        const isHolder = this.#clusters.get(id)?.secret === secret;
        const [winner, loser] = isHolder ? [named, other] : [other, named];
        found.set(id, winner);
        log.warn(
          { event: 'cluster.named-twice', cluster: id, secret: loser.secret },
          `${loser.secret} names cluster ${id}, which ${winner.secret} does already`,
        );
      }
    }
    return found;
  }
}
