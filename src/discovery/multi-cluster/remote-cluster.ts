import type { Clock, Timer } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { ConfigSource } from '../source.ts';
import { syncTimeouts } from './metrics.ts';

const log = createLog('multicluster');

/** How far a cluster has got, in istiod's words; `closed`: its kubeconfig cannot be used. */
export type SyncStatus = 'synced' | 'syncing' | 'timeout' | 'closed';

/** The part of a world that clusters need. */
export interface Sources {
  addSource(source: ConfigSource, replaces?: ConfigSource): Promise<void>;
  removeSource(source: ConfigSource): Promise<void>;
}

/** What clusters have in common. */
export interface ClusterSettings {
  readonly world: Sources;
  readonly clock: Clock;
  /** How long a cluster may take to tell what it has before nobody waits for it any longer, in milliseconds. */
  readonly timeoutMs: number;
  /** @throws Fault `KUBE_CONFIG` when the kubeconfig cannot be used. */
  createRemote(cluster: string, kubeconfig: string): ConfigSource;
}

/**
 * One cluster that a secret names. Another kubeconfig is another source: it takes the place of the present one when it has told everything,
 * and one that never gets so far costs nothing of what is known already.
 */
export class RemoteCluster {
  readonly id: string;
  readonly #settings: ClusterSettings;
  #secret = '';
  #kubeconfig = '';
  #fault: string | undefined;
  #joined: ConfigSource | undefined;
  #joining: ConfigSource | undefined;
  #isLate = false;
  #timer: Timer | undefined;
  #settled = Promise.withResolvers<void>();

  constructor(id: string, settings: ClusterSettings) {
    this.id = id;
    this.#settings = settings;
  }

  /** `namespace/name` of the secret that names it. */
  get secret(): string {
    return this.#secret;
  }

  get status(): SyncStatus {
    if (this.#joined !== undefined) return 'synced';
    if (this.#joining === undefined) return 'closed';
    return this.#isLate ? 'timeout' : 'syncing';
  }

  /** Why its present kubeconfig cannot be used. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** For how long nothing was heard of it, in milliseconds. */
  get ageMs(): number {
    return this.#joined?.ageMs?.() ?? 0;
  }

  /** Resolves when it is part of the world, or not to be waited for. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Follows the cluster by this kubeconfig, of this secret, from now on. */
  use(kubeconfig: string, secret: string): void {
    this.#secret = secret;
    if (kubeconfig === this.#kubeconfig) return;
    this.#kubeconfig = kubeconfig;
    this.#fault = undefined;
    this.#abandon();
    try {
      this.#join(this.#settings.createRemote(this.id, kubeconfig));
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      log.error({ event: 'cluster.refused', cluster: this.id, secret: this.secret }, this.#fault);
      this.#settled.resolve();
    }
  }

  /** The cluster is no part of the mesh any more. */
  async close(): Promise<void> {
    this.#abandon();
    this.#settled.resolve();
    const joined = this.#joined;
    this.#joined = undefined;
    if (joined !== undefined) await this.#settings.world.removeSource(joined);
  }

  #join(source: ConfigSource): void {
    const { world, clock, timeoutMs } = this.#settings;
    this.#joining = source;
    this.#timer = clock.setTimeout(() => this.#giveUpWaiting(), timeoutMs);
    world.addSource(source, this.#joined).then(
      () => this.#onJoined(source),
      (err: unknown) => log.error({ event: 'cluster.defect', cluster: this.id, err }, 'the cluster cannot be followed'),
    );
  }

  #onJoined(source: ConfigSource): void {
    if (this.#joining !== source) return;
    this.#timer?.cancel();
    this.#joining = undefined;
    this.#joined = source;
    this.#isLate = false;
    this.#settled.resolve();
    log.info({ event: 'cluster.joined', cluster: this.id }, `cluster ${this.id} is part of the mesh`);
  }

  #giveUpWaiting(): void {
    this.#isLate = true;
    syncTimeouts.add(1, { cluster: this.id });
    const rest = this.#joined === undefined ? 'the mesh is served without it' : 'what was known of it stays in force';
    log.warn({ event: 'cluster.late', cluster: this.id }, `cluster ${this.id} has not told what it has; ${rest}`);
    this.#settled.resolve();
  }

  /** Ends what has not joined yet. */
  #abandon(): void {
    this.#timer?.cancel();
    const joining = this.#joining;
    this.#joining = undefined;
    this.#isLate = false;
    if (joining !== undefined) void this.#settings.world.removeSource(joining);
  }
}
