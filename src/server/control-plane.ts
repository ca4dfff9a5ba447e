import { RemoteClusters } from '../discovery/multi-cluster/remote-clusters.ts';
import type { ConfigSource } from '../discovery/source.ts';
import type { ResolveName } from '../discovery/world/gateway-names.ts';
import { World } from '../discovery/world/world.ts';
import type { WorldChange } from '../discovery/world/world-change.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import { Debounce } from '../kit/debounce.ts';
import { createLog } from '../kit/log.ts';
import type { MeshFeatures } from '../model/mesh-features.ts';
import type { ObjectKey } from '../model/object.ts';
import { toPlace } from '../model/object.ts';
import { XdsServer } from '../xds/server.ts';
import type { Resource } from '../xds/resource.ts';
import { ENDPOINT_TYPE, type TypeUrl } from '../xds/type-url.ts';
import type { ConnectionRequest, NackFact } from '../xds/view-source.ts';
import type { WatchStatus } from '../xds/watch.ts';
import { ChangeLog } from './change-log.ts';
import { MeshFates } from './fates/mesh-fates.ts';
import * as metrics from './metrics.ts';
import { Tribunal } from './nack/tribunal.ts';
import { showPatchStatus } from './patch-metrics.ts';
import { ConnectedProxies } from './proxy/connected-proxies.ts';
import type { ConnectedProxy } from './proxy/connected-proxy.ts';
import { mayHoldSecrets } from './proxy/secret-trust.ts';
import { PushRounds, type RoundReport } from './push-rounds.ts';
import { MeshViews } from './views/mesh-views.ts';

/** What a control plane is made of. */
export interface ControlPlaneOptions {
  readonly sources: readonly ConfigSource[];
  readonly meshFile?: ConfigSource;
  /** The file of MeshNetworks. */
  readonly networksFile?: ConfigSource;
  /** DNS domain of the cluster; `cluster.local` when absent. */
  readonly domainSuffix?: string;
  /** Switches that change what proxies are sent; istiod's defaults when absent. */
  readonly features?: MeshFeatures;
  /** Namespace of the control plane, where the ConfigMap with the MeshConfig lies. */
  readonly namespace: string;
  /** Its name; `istio` when absent. */
  readonly meshConfigMap?: string;
  /** Name of another one there, whose settings lie below those. */
  readonly sharedMeshConfigMap?: string;
  readonly cluster: string;
  /** Endpoints of Pods wait until their Pods are known: where both come from an API server, in any order. */
  readonly awaitsPods?: boolean;
  /** Asks DNS for network gateways that are known by name. */
  readonly resolveName?: ResolveName;
  /** Makes a source of a cluster that a secret names; secrets name none when absent. */
  readonly createRemote?: (cluster: string, kubeconfig: string) => ConfigSource;
  /** How long such a cluster is waited for at the start, in milliseconds. */
  readonly remoteTimeoutMs?: number;
  /** Gives what the peer of a stream proved to be, or throws the fault that refuses it; when absent, everybody is let in and proved nothing. */
  readonly admit?: (connection: ConnectionRequest) => Promise<readonly string[]>;
  readonly clock?: Clock;
  /** How long configuration changes are gathered: a burst ends after `quietMs` without one, at the latest after `maxMs`. Milliseconds. */
  readonly debounce?: { readonly quietMs: number; readonly maxMs: number };
}

/** Configuration that is to be pushed: what changed, and since when, on the clock's monotonic scale. */
interface Pending {
  readonly reason: string;
  readonly objects: readonly ObjectKey[];
  readonly sinceMs: number;
}

/** What is enough where nobody says otherwise; istiod's 100 ms and 10 s are upper bounds. */
export const DEBOUNCE = { quietMs: 25, maxMs: 1000 };
const FINDINGS = { quietMs: 100, maxMs: 1000 };

const log = createLog('ads');

/**
 * The control plane without its sockets: from what sources tell to what proxies are served, and from what proxies refuse back to the object
 * behind it.
 */
export class ControlPlane {
  readonly world: World;
  readonly xds: XdsServer;
  readonly proxies: ConnectedProxies;
  /** The clusters of the mesh; absent where no other can join. */
  readonly clusters: RemoteClusters | undefined;
  readonly fates: MeshFates;
  readonly #clock: Clock;
  readonly #views: MeshViews;
  readonly #rounds: PushRounds;
  readonly #changes = new ChangeLog(createLog('push'));
  readonly #tribunal: Tribunal;
  readonly #debounce: Debounce<Pending>;
  /** Findings show on many proxies at once: they are told when the proxies have come to rest. */
  readonly #findings: Debounce<undefined>;
  readonly #fateListeners = new Set<() => void>();
  #lastRound: RoundReport | undefined;

  constructor(options: ControlPlaneOptions) {
    const { clock = systemClock, cluster, debounce = DEBOUNCE } = options;
    this.#clock = clock;
    this.world = new World(options);
    this.clusters = createClusters(this.world, options);
    this.#views = new MeshViews(this.world.snapshot);
    this.#rounds = new PushRounds(clock, (report) => this.#onRound(report));
    this.#tribunal = new Tribunal({
      world: this.world,
      views: this.#views,
      changes: this.#changes,
      clock,
      countAccepting: (id, typeUrl, resource) => this.#countAccepting(id, typeUrl, resource),
    });
    const listener = {
      onAck: () => {},
      onNack: (proxy: ConnectedProxy, fact: NackFact) => {
        // First of all: what is judged may open a round that has nothing to do with this refusal.
        this.#rounds.noteRefused(nameOf(proxy));
        this.#tribunal.refused(proxy, fact);
      },
      onSent: (proxy: ConnectedProxy, { metric, bytes }: { readonly metric: string; readonly bytes: number }) =>
        this.#rounds.noteSent(nameOf(proxy), { type: metric, bytes }),
      onSettled: (proxy: ConnectedProxy) => {
        this.#rounds.noteSettled(nameOf(proxy));
        this.#findings.add(undefined);
        this.#tribunal.settled(proxy);
      },
      onDefect: (proxy: ConnectedProxy, err: unknown) => this.#tribunal.failed(err, proxy),
      onClose: (proxy: ConnectedProxy) => {
        this.#rounds.noteSettled(nameOf(proxy));
        this.#tribunal.left(proxy);
      },
    };
    this.proxies = new ConnectedProxies({ views: this.#views, listener }, cluster);
    this.fates = new MeshFates({ world: this.world, views: this.#views, proxies: this.proxies });
    const { admit } = options;
    const admitted = { connect: (connection: ConnectionRequest) => this.#admit(connection, admit) };
    this.xds = new XdsServer(admitted, { clock });
    const onError = (err: unknown) =>
      log.error({ event: 'push.defect', err }, 'a change could not be pushed; proxies keep what they have');
    this.#findings = new Debounce({
      ...FINDINGS,
      clock,
      merge: () => undefined,
      run: () => this.#tellFindings(),
      onError,
    });
    this.#debounce = new Debounce({
      ...debounce,
      clock,
      merge: (waiting, next) => ({
        reason: waiting.reason === next.reason ? next.reason : `${waiting.reason}; ${next.reason}`,
        objects: [...new Set([...waiting.objects, ...next.objects])],
        sinceMs: Math.min(waiting.sinceMs, next.sinceMs),
      }),
      run: (pending) => this.#push(pending),
      onError,
    });
  }

  /** Resolves when every source has told all it had, and proxies can be served. */
  async start(): Promise<void> {
    await this.world.start();
    // A proxy that is told of its own cluster alone would forget the others.
    await this.clusters?.start();
    const { snapshot } = this.world;
    this.#views.update(snapshot);
    this.world.watch((change) => this.#onChange(change));
    this.#measure();
    this.#findings.add(undefined);
    log.info({ event: 'world.ready', services: snapshot.services.length }, `mesh is read: ${describe(snapshot)}`);
  }

  async stop(): Promise<void> {
    this.#debounce.close();
    this.#findings.close();
    await this.clusters?.stop();
    await this.world.stop();
  }

  get views(): MeshViews {
    return this.#views;
  }

  get lastRound(): RoundReport | undefined {
    return this.#lastRound;
  }

  /** Calls `listener` when fates may have changed and proxies have come to rest. @returns what ends that. */
  watchFates(listener: () => void): () => void {
    this.#fateListeners.add(listener);
    return () => this.#fateListeners.delete(listener);
  }

  /** Makes every proxy look at its view again, though nothing is known to have changed. */
  pushAll(reason: string): void {
    this.#push({ reason, objects: [], sinceMs: this.#clock.monotonic() });
  }

  #admit(connection: ConnectionRequest, admit: ControlPlaneOptions['admit']) {
    if (admit === undefined) return this.proxies.connect(connection);
    return admit(connection).then((identities) => this.proxies.connect({ ...connection, identities }));
  }

  #onChange(change: WorldChange): void {
    const objects = change.objects.map(({ key }) => key);
    this.#tribunal.onChange(objects);
    this.#findings.add(undefined);
    if (change.kind === 'report') return;
    metrics.inboundUpdates.add(1, { type: change.kind === 'endpoints' ? 'eds' : 'config' });
    const sinceMs = this.#clock.monotonic() - Math.max(0, this.#clock.now() - change.atMs);
    const pending = { reason: change.reason, objects, sinceMs };
    this.#tribunal.whenDecided(() => {
      // Endpoints have a lane of their own: they come often, matter at once, and EDS alone carries them.
      if (change.kind === 'endpoints') this.#push(pending, change.workloads.length === 0 ? [ENDPOINT_TYPE] : undefined);
      else this.#debounce.add(pending);
    });
  }

  #push({ reason, objects, sinceMs }: Pending, types?: readonly string[]): void {
    this.#updateViews();
    this.#tribunal.pushed();
    metrics.pushTriggers.add(1, { type: types === undefined ? 'config' : 'endpoint' });
    metrics.debounceTime.observe((this.#clock.monotonic() - sinceMs) / 1000);
    this.#rounds.open({ reason, objects, sinceMs }, this.#listNames());
    this.xds.pushAll({ reason, sinceMs, ...(types && { types }) });
  }

  #updateViews(): void {
    try {
      this.#views.update(this.world.snapshot);
    } catch (err) {
      this.#tribunal.failed(err);
      throw err;
    }
  }

  #onRound(report: RoundReport): void {
    this.#lastRound = report;
    this.#changes.round(report);
    this.#findings.add(undefined);
    this.#measure();
  }

  /** Tells what compiling brought to light since it was last told. */
  #tellFindings(): void {
    const placeOf = (key: ObjectKey) => {
      const origin = this.world.findObject(key)?.origin;
      return origin === undefined ? undefined : toPlace(origin);
    };
    this.#changes.issues(this.#views.issues());
    this.#changes.notes(this.#views.notes(), (key) => placeOf(key) ?? key);
    const findings = this.fates.findings();
    this.#changes.findings(
      this.fates.hasWorkloads ? findings : findings.filter(({ fate }) => fate?.kind !== 'waiting'),
      placeOf,
    );
    for (const listener of this.#fateListeners) listener();
  }

  /** Strangers may accept whatever they like, as they may refuse it. */
  #countAccepting(exceptId: string, typeUrl: TypeUrl, resource: Resource): number {
    const asking = this.xds
      .streams()
      .filter(({ types }) => types.some((type) => type.typeUrl === typeUrl && isAsked(type, resource.name)));
    return asking.filter(({ id }) => {
      const proxy = id === exceptId ? undefined : this.proxies.find(id);
      return proxy !== undefined && mayHoldSecrets(proxy.connection) && proxy.hasAccepted(typeUrl, resource);
    }).length;
  }

  #measure(): void {
    showPatchStatus(this.#views.patchStatus());
    const { services, virtualServices } = this.world.snapshot;
    metrics.services.set(services.length);
    metrics.virtualServices.set(virtualServices.length);
  }

  #listNames(): readonly string[] {
    return this.proxies.ids();
  }
}

function createClusters(world: World, options: ControlPlaneOptions): RemoteClusters | undefined {
  const { createRemote, cluster, namespace, clock, remoteTimeoutMs, sources } = options;
  if (createRemote === undefined) return undefined;
  return new RemoteClusters({
    world,
    cluster,
    systemNamespace: namespace,
    createRemote,
    ageMs: () => Math.max(0, ...sources.map((source) => source.ageMs?.() ?? 0)),
    ...(clock && { clock }),
    ...(remoteTimeoutMs !== undefined && { timeoutMs: remoteTimeoutMs }),
  });
}

function isAsked({ wildcard, names }: WatchStatus, name: string): boolean {
  return wildcard || names.has(name);
}

/** Rounds know proxies by their connections: a proxy that reconnects during a round owes it nothing more. */
function nameOf(proxy: ConnectedProxy): string {
  return proxy.connection.id;
}

function describe(snapshot: World['snapshot']): string {
  const counts: readonly (readonly [number, string])[] = [
    [snapshot.services.length, 'services'],
    [snapshot.virtualServices.length, 'VirtualServices'],
    [snapshot.destinationRules.length, 'DestinationRules'],
    [snapshot.gateways.length, 'Gateways'],
    [snapshot.sidecars.length, 'Sidecars'],
  ];
  return counts.map(([count, what]) => `${count} ${what}`).join(', ');
}
