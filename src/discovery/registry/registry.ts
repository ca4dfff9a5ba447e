import type { NetworkGateway } from '../../model/network-gateway.ts';
import { isSelectedBy, type Labels, type ObjectKey, objectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
import type { EndpointIndex, WorkloadIndex } from '../../model/snapshot.ts';
import type { RegistryContext } from './context.ts';
import { type EndpointsChange, EndpointTable } from './endpoint-table.ts';
import { type EndpointsByHost, listEntryEndpoints } from './entry-endpoints.ts';
import { toEntryServices } from './entry-services.ts';
import { toKubeService } from './kube-service.ts';
import type { Shadow } from './merge-services.ts';
import { NamespaceObjects, serviceOfSlice } from './namespace-objects.ts';
import { listNetworkGateways, NetworkGatewayTable } from './network-gateways.ts';
import type { ObjectChange } from './object-change.ts';
import { listPodEndpoints, listWorkloadEntryEndpoints } from './selected-endpoints.ts';
import { ServiceTable } from './service-table.ts';
import { listSliceEndpoints } from './slice-endpoints.ts';
import { WorkloadTable, workloadOfEntry, workloadOfPod } from './workload-table.ts';

/** What became different in one `apply`. */
export interface RegistryChange {
  readonly services: boolean;
  readonly endpoints: readonly EndpointsChange[];
  readonly workloads: readonly ObjectKey[];
}

/** Pods and WorkloadEntries that changed in one namespace, as selectors and slices ask for them. */
class ChangedWorkloads {
  readonly labels: Labels[] = [];
  readonly podNames = new Set<string>();
  readonly addresses = new Set<string>();
}

/** What one batch of changes reaches. */
class Touched {
  /** Objects that declare services and must be converted again. */
  readonly declarers = new Set<ObjectKey>();
  readonly workloads = new Map<string, ChangedWorkloads>();

  workloadsOf(namespace: string): ChangedWorkloads {
    const changed = this.workloads.get(namespace) ?? new ChangedWorkloads();
    this.workloads.set(namespace, changed);
    return changed;
  }
}

/**
 * Services, endpoints and workloads of the mesh, from the objects that are in force.
 *
 * What is computed again grows with what changed: a Pod touches the services that select it or whose slices name it, an EndpointSlice its one
 * service. The conversions themselves are pure functions beside this file.
 */
export class Registry {
  readonly #services = new ServiceTable();
  readonly #endpoints = new EndpointTable();
  readonly #workloads = new WorkloadTable();
  readonly #networkGateways = new NetworkGatewayTable();
  readonly #namespaces = new Map<string, NamespaceObjects>();
  #context: RegistryContext;

  constructor(context: RegistryContext) {
    this.#context = context;
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
    if (isNewContext) this.#markEverything(touched.declarers);
    for (const [namespace, changed] of touched.workloads) this.#markAffected(namespace, changed, touched.declarers);
    for (const key of touched.declarers) this.#declare(key);
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
    const namespace = this.#namespaceOf(object.kind === 'Namespace' ? meta.name : meta.namespace);
    switch (object.kind) {
      case 'Service':
        put(namespace.services, meta.name, change.after?.kind === 'Service' ? change.after.value : undefined);
        touched.declarers.add(change.key);
        break;
      case 'ServiceEntry':
        put(
          namespace.serviceEntries,
          meta.name,
          change.after?.kind === 'ServiceEntry' ? change.after.value : undefined,
        );
        touched.declarers.add(change.key);
        break;
      case 'EndpointSlice':
        takeSlice(change, namespace, touched);
        break;
      case 'Pod':
        this.#takePod(change, namespace, touched);
        break;
      case 'WorkloadEntry':
        this.#takeWorkloadEntry(change, namespace, touched);
        break;
      case 'Namespace':
        namespace.annotations = change.after?.meta.annotations ?? {};
        for (const name of namespace.services.keys()) touched.declarers.add(objectKey('Service', meta.name, name));
        break;
      default:
        break;
    }
    if (namespace.isEmpty) this.#namespaces.delete(namespace.name);
  }

  #takePod({ key, before, after }: ObjectChange, namespace: NamespaceObjects, touched: Touched): void {
    const was = before?.kind === 'Pod' ? before.value : undefined;
    const is = after?.kind === 'Pod' ? after.value : undefined;
    namespace.putPod(was, is);
    this.#workloads.put(key, is && workloadOfPod(is, this.#context));
    const changed = touched.workloadsOf(namespace.name);
    for (const pod of [was, is]) {
      if (pod === undefined) continue;
      changed.labels.push(pod.meta.labels);
      changed.podNames.add(pod.meta.name);
      for (const ip of pod.ips) changed.addresses.add(ip);
    }
  }

  #takeWorkloadEntry({ key, before, after }: ObjectChange, namespace: NamespaceObjects, touched: Touched): void {
    const was = before?.kind === 'WorkloadEntry' ? before.value : undefined;
    const is = after?.kind === 'WorkloadEntry' ? after.value : undefined;
    put(namespace.workloadEntries, (is ?? was)?.meta.name ?? '', is);
    this.#workloads.put(key, is && workloadOfEntry(is));
    const changed = touched.workloadsOf(namespace.name);
    for (const entry of [was, is]) if (entry !== undefined) changed.labels.push(entry.labels);
  }

  /** Marks what selects, or lists, one of the changed workloads. */
  #markAffected(name: string, changed: ChangedWorkloads, dirty: Set<ObjectKey>): void {
    const namespace = this.#namespaces.get(name);
    if (namespace === undefined) return;
    const isAffected = (selector: Labels | undefined) =>
      selector !== undefined && changed.labels.some((labels) => isSelectedBy(labels, selector));
    for (const [name, service] of namespace.services) {
      const key = objectKey('Service', namespace.name, name);
      if (!dirty.has(key) && isAffected(service.selector)) dirty.add(key);
    }
    for (const [name, entry] of namespace.serviceEntries) {
      if (isAffected(entry.workloadSelector)) dirty.add(objectKey('ServiceEntry', namespace.name, name));
    }
    if (changed.podNames.size === 0) return;
    for (const [service, slices] of namespace.listSlices()) {
      const key = objectKey('Service', namespace.name, service);
      if (dirty.has(key)) continue;
      const endpoints = [...slices].flatMap((slice) => slice.endpoints);
      const isListed = endpoints.some(
        ({ target, addresses }) =>
          (target && changed.podNames.has(target.name)) || addresses.some((address) => changed.addresses.has(address)),
      );
      if (isListed) dirty.add(key);
    }
  }

  #markEverything(dirty: Set<ObjectKey>): void {
    for (const namespace of this.#namespaces.values()) {
      for (const name of namespace.services.keys()) dirty.add(objectKey('Service', namespace.name, name));
      for (const name of namespace.serviceEntries.keys()) dirty.add(objectKey('ServiceEntry', namespace.name, name));
      for (const pod of namespace.pods.values()) {
        this.#workloads.put(objectKey('Pod', namespace.name, pod.meta.name), workloadOfPod(pod, this.#context));
      }
    }
  }

  #declare(key: ObjectKey): void {
    const [kind, namespaceName = '', name = ''] = key.split('/');
    const namespace = this.#namespaces.get(namespaceName);
    if (kind === 'Service') this.#declareKube(key, namespace, name);
    else this.#declareEntry(key, namespace, name);
  }

  #declareKube(key: ObjectKey, namespace: NamespaceObjects | undefined, name: string): void {
    const object = namespace?.services.get(name);
    if (namespace === undefined || object === undefined) return this.#withdraw(key);
    const context = this.#context;
    const service = toKubeService(object, namespace.annotations, context);
    this.#services.declare(key, [service]);
    this.#networkGateways.put(key, listNetworkGateways(object, context.cluster));
    const slices = namespace.slicesOf(name);
    const listed =
      slices.length > 0
        ? listSliceEndpoints(object, slices, namespace, context)
        : listPodEndpoints(object, namespace, context);
    const endpoints = [...listed, ...listWorkloadEntryEndpoints(object, namespace, context)];
    this.#contribute(key, object, new Map([[service.hostname, endpoints]]));
  }

  #declareEntry(key: ObjectKey, namespace: NamespaceObjects | undefined, name: string): void {
    const entry = namespace?.serviceEntries.get(name);
    if (namespace === undefined || entry === undefined) return this.#withdraw(key);
    this.#services.declare(key, toEntryServices(entry, this.#context));
    this.#contribute(key, entry, listEntryEndpoints(entry, namespace, this.#context));
  }

  #contribute(key: ObjectKey, { meta }: { readonly meta: Service['meta'] }, byHost: EndpointsByHost): void {
    this.#endpoints.contribute(key, { meta, byHost });
  }

  #withdraw(key: ObjectKey): void {
    this.#services.declare(key, []);
    this.#networkGateways.put(key, []);
    this.#endpoints.contribute(key, undefined);
  }

  #namespaceOf(name: string): NamespaceObjects {
    const namespace = this.#namespaces.get(name) ?? new NamespaceObjects(name);
    this.#namespaces.set(name, namespace);
    return namespace;
  }
}

function put<T>(map: Map<string, T>, name: string, value: T | undefined): void {
  if (value === undefined) map.delete(name);
  else map.set(name, value);
}

function takeSlice({ before, after }: ObjectChange, namespace: NamespaceObjects, touched: Touched): void {
  const was = before?.kind === 'EndpointSlice' ? before.value : undefined;
  const is = after?.kind === 'EndpointSlice' ? after.value : undefined;
  namespace.putSlice(was, is);
  for (const slice of [was, is]) {
    const service = slice && serviceOfSlice(slice);
    if (service !== undefined) touched.declarers.add(objectKey('Service', namespace.name, service));
  }
}
