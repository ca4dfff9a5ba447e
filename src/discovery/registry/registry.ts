import type { KubeService } from '../../model/kubernetes.ts';
import type { NetworkGateway } from '../../model/network-gateway.ts';
import { type ObjectKey, objectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
import type { EndpointIndex, WorkloadIndex } from '../../model/snapshot.ts';
import { ClusterObjects } from './cluster-objects.ts';
import type { ClusterContext, RegistryContext } from './context.ts';
import { type EndpointsChange, EndpointTable } from './endpoint-table.ts';
import { type EndpointsByHost, listEntryEndpoints } from './entry-endpoints.ts';
import { toEntryServices } from './entry-services.ts';
import { toKubeService } from './kube-service.ts';
import type { Shadow } from './merge-services.ts';
import { type NamespaceObjects, serviceOfSlice } from './namespace-objects.ts';
import { findNodeSelector, listNetworkGateways, NetworkGatewayTable } from './network-gateways.ts';
import type { ObjectChange } from './object-change.ts';
import { listPodEndpoints, listWorkloadEntryEndpoints } from './selected-endpoints.ts';
import { ServiceTable } from './service-table.ts';
import { listSliceEndpoints } from './slice-endpoints.ts';
import { type Declarer, Touched } from './touched.ts';
import { WorkloadTable, workloadOfEntry, workloadOfPod } from './workload-table.ts';

/** What became different in one `apply`. */
export interface RegistryChange {
  readonly services: boolean;
  readonly endpoints: readonly EndpointsChange[];
  readonly workloads: readonly ObjectKey[];
}

/**
 * Services, endpoints and workloads of the mesh, from the objects that are in force in all of its clusters.
 *
 * What is computed again grows with what changed: a Pod touches the services that select it or whose slices name it, an EndpointSlice its one
 * service. The conversions themselves are pure functions beside this file. Within its cluster an object is told apart by namespace and name;
 * services of one host come together only when all of them are known.
 */
export class Registry {
  readonly #services: ServiceTable;
  readonly #endpoints = new EndpointTable();
  readonly #clusterIds = new Set<string>();
  readonly #workloads: WorkloadTable;
  readonly #networkGateways = new NetworkGatewayTable();
  readonly #home: ClusterObjects;
  readonly #remotes = new Map<string, ClusterObjects>();
  #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
    this.#services = new ServiceTable(context.cluster);
    this.#workloads = new WorkloadTable(context.cluster, this.#clusterIds);
    this.#home = new ClusterObjects(undefined, context);
    this.#clusterIds.add(context.cluster);
  }

  get services(): readonly Service[] {
    return this.#services.services;
  }

  get endpoints(): EndpointIndex {
    return this.#endpoints.index;
  }

  get workloads(): WorkloadIndex {
    return this.#workloads.index;
  }

  /** Ways into networks; the identical list while nothing in it changes. */
  get networkGateways(): readonly NetworkGateway[] {
    return this.#networkGateways.list;
  }

  /** Who lost a host to whom. */
  listShadows(): readonly Shadow[] {
    return this.#services.listShadows();
  }

  /** The service of a host in a namespace. */
  findService(hostname: string, namespace: string): Service | undefined {
    return this.#services.find(hostname, namespace);
  }

  /** Revisions of an object that the present services were made of. */
  revisionsOf(key: ObjectKey): readonly string[] {
    return this.#services.revisionsOf(key);
  }

  /** Takes changed objects, and settings when those changed; equal settings must be the identical value. */
  apply(changes: readonly ObjectChange[], context: RegistryContext): RegistryChange {
    const isNewContext = context !== this.#context;
    this.#context = context;
    const touched = new Touched();
    for (const change of changes) this.#take(change, touched);
    for (const cluster of this.#clusters()) {
      if (cluster.update(context, isNewContext)) touched.addCluster(cluster);
    }
    touched.addAffected(this.#home);
    for (const [namespace, { cluster, names }] of touched.pods) this.#lookAtPods(namespace, cluster, names);
    for (const [key, declarer] of touched.declarers) this.#declare(key, declarer);
    this.#forgetEmpty(touched);
    return {
      services: this.#services.commit(),
      endpoints: this.#endpoints.commit(),
      workloads: this.#workloads.commit(),
    };
  }

  #take(change: ObjectChange, touched: Touched): void {
    const object = change.after ?? change.before;
    if (object === undefined) return;
    const { meta } = object;
    const cluster = this.#clusterOf(meta.cluster);
    touched.addNamespace(cluster, object.kind === 'Namespace' ? meta.name : meta.namespace);
    switch (object.kind) {
      case 'Service':
      case 'ServiceEntry':
        takeDeclarer(change, cluster);
        return touched.addDeclarer({ kind: object.kind, cluster, namespace: meta.namespace, name: meta.name });
      case 'EndpointSlice':
        return takeSlice(change, cluster, touched);
      case 'Pod':
        return takePod(change, cluster, touched);
      case 'WorkloadEntry':
        return this.#takeWorkloadEntry(change, cluster, touched);
      case 'Namespace':
        return this.#takeNamespace(change, cluster, touched);
      case 'Node':
        return takeNode(change, cluster, touched);
      default:
    }
  }

  #takeWorkloadEntry({ key, before, after }: ObjectChange, cluster: ClusterObjects, touched: Touched): void {
    const was = before?.kind === 'WorkloadEntry' ? before.value : undefined;
    const is = after?.kind === 'WorkloadEntry' ? after.value : undefined;
    const { meta } = is ?? was ?? {};
    const namespace = cluster.namespaceOf(meta?.namespace ?? '');
    put(namespace.workloadEntries, meta?.name ?? '', is);
    this.#workloads.put(key, is && workloadOfEntry(is, cluster.context));
    const changed = touched.workloadsOf(cluster, namespace);
    for (const entry of [was, is]) if (entry !== undefined) changed.labels.push(entry.labels);
  }

  #takeNamespace({ before, after }: ObjectChange, cluster: ClusterObjects, touched: Touched): void {
    const namespace = cluster.namespaceOf((after ?? before)?.meta.name ?? '');
    namespace.annotations = after?.meta.annotations ?? {};
    namespace.labels = after?.meta.labels ?? {};
    touched.addServices(cluster, namespace);
    if (this.#context.entryVisibility !== undefined) touched.addEntries(cluster, namespace);
  }

  #lookAtPods(namespace: NamespaceObjects, { remote, context }: ClusterObjects, names: ReadonlySet<string>): void {
    for (const name of names) {
      const pod = namespace.pods.get(name);
      this.#workloads.put(objectKey('Pod', namespace.name, name, remote), pod && workloadOfPod(pod, context));
    }
  }

  #declare(key: ObjectKey, { kind, cluster, namespace: name, ...declarer }: Declarer): void {
    const namespace = cluster.namespaces.get(name);
    if (namespace === undefined) this.#withdraw(key);
    else if (kind === 'Service') this.#declareKube(key, cluster, namespace, declarer.name);
    else this.#declareEntry(key, cluster, namespace, declarer.name);
  }

  #declareKube(key: ObjectKey, cluster: ClusterObjects, namespace: NamespaceObjects, name: string): void {
    const object = namespace.services.get(name);
    if (object === undefined) return this.#withdraw(key);
    const { context } = cluster;
    const service = toKubeService(object, namespace.annotations, context);
    this.#services.declare(key, [service]);
    this.#networkGateways.put(key, listNetworkGateways(object, cluster.nodes.values(), context));
    const slices = namespace.slicesOf(name);
    const listed =
      slices.length > 0 || isKeptByControllers(object, context)
        ? listSliceEndpoints(object, slices, namespace, context)
        : listPodEndpoints(object, namespace, context);
    const endpoints = [...listed, ...listWorkloadEntryEndpoints(object, namespace, context)];
    this.#contribute(key, object, new Map([[service.hostname, endpoints]]));
  }

  #declareEntry(key: ObjectKey, cluster: ClusterObjects, namespace: NamespaceObjects, name: string): void {
    const entry = namespace.serviceEntries.get(name);
    if (entry === undefined) return this.#withdraw(key);
    const { context } = cluster;
    this.#services.declare(key, toEntryServices(entry, context, namespace.labels));
    const places = this.#clusters().flatMap(({ namespaces, context }) => {
      const objects = namespaces.get(namespace.name);
      return objects ? [{ objects, context }] : [];
    });
    this.#contribute(key, entry, listEntryEndpoints(entry, places, context));
  }

  #contribute(key: ObjectKey, { meta }: { readonly meta: Service['meta'] }, byHost: EndpointsByHost): void {
    this.#endpoints.contribute(key, { meta, byHost });
  }

  #withdraw(key: ObjectKey): void {
    this.#services.declare(key, []);
    this.#networkGateways.put(key, []);
    this.#endpoints.contribute(key, undefined);
  }

  /** Every cluster, that of the configuration first, the others by name: the same in every replica, whichever it heard of first. */
  #clusters(): readonly ClusterObjects[] {
    return [this.#home, ...[...this.#remotes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cluster]) => cluster)];
  }

  #clusterOf(remote: string | undefined): ClusterObjects {
    if (remote === undefined) return this.#home;
    const cluster = this.#remotes.get(remote) ?? new ClusterObjects(remote, this.#context);
    this.#remotes.set(remote, cluster);
    this.#clusterIds.add(remote);
    return cluster;
  }

  #forgetEmpty({ namespaces }: Touched): void {
    for (const [cluster, names] of namespaces) {
      for (const name of names) if (cluster.namespaces.get(name)?.isEmpty) cluster.namespaces.delete(name);
      if (cluster.remote === undefined || !cluster.isEmpty) continue;
      this.#remotes.delete(cluster.remote);
      this.#clusterIds.delete(cluster.remote);
    }
  }
}

function put<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

function takeDeclarer({ before, after }: ObjectChange, cluster: ClusterObjects): void {
  const { namespace, name } = (after ?? before)?.meta ?? { namespace: '', name: '' };
  const objects = cluster.namespaceOf(namespace);
  if ((after ?? before)?.kind === 'Service') {
    put(objects.services, name, after?.kind === 'Service' ? after.value : undefined);
  } else put(objects.serviceEntries, name, after?.kind === 'ServiceEntry' ? after.value : undefined);
}

function takeSlice({ before, after }: ObjectChange, cluster: ClusterObjects, touched: Touched): void {
  const was = before?.kind === 'EndpointSlice' ? before.value : undefined;
  const is = after?.kind === 'EndpointSlice' ? after.value : undefined;
  const namespace = cluster.namespaceOf((is ?? was)?.meta.namespace ?? '');
  namespace.putSlice(was, is);
  for (const slice of [was, is]) {
    const service = slice && serviceOfSlice(slice);
    if (service !== undefined)
      touched.addDeclarer({ kind: 'Service', cluster, namespace: namespace.name, name: service });
  }
}

function takePod({ before, after }: ObjectChange, cluster: ClusterObjects, touched: Touched): void {
  const was = before?.kind === 'Pod' ? before.value : undefined;
  const is = after?.kind === 'Pod' ? after.value : undefined;
  const namespace = cluster.namespaceOf((is ?? was)?.meta.namespace ?? '');
  namespace.putPod(was, is);
  const changed = touched.workloadsOf(cluster, namespace);
  for (const pod of [was, is]) {
    if (pod === undefined) continue;
    touched.addPod(cluster, namespace, pod.meta.name);
    changed.labels.push(pod.meta.labels);
    changed.podNames.add(pod.meta.name);
    for (const ip of pod.ips) changed.addresses.add(ip);
  }
}

/** Nodes change every few seconds, and next to never in what matters here. */
function takeNode({ before, after }: ObjectChange, cluster: ClusterObjects, touched: Touched): void {
  const name = (after ?? before)?.meta.name ?? '';
  const isElsewhere = cluster.putNode(name, after?.kind === 'Node' ? after.value : undefined);
  for (const namespace of cluster.namespaces.values()) {
    for (const [service, object] of namespace.services) {
      if (findNodeSelector(object) !== undefined)
        touched.addDeclarer({ kind: 'Service', cluster, namespace: namespace.name, name: service });
    }
    if (!isElsewhere) continue;
    const changed = touched.workloadsOf(cluster, namespace);
    for (const pod of namespace.pods.values()) {
      if (pod.nodeName !== name) continue;
      touched.addPod(cluster, namespace, pod.meta.name);
      changed.labels.push(pod.meta.labels);
      changed.podNames.add(pod.meta.name);
    }
  }
}

/** An API server's own controllers write the slices of its services: one that has none has no endpoints yet, whatever Pods there are. */
function isKeptByControllers({ meta }: KubeService, { awaitsPods }: ClusterContext): boolean {
  return awaitsPods && meta.origin.kind === 'cluster';
}
