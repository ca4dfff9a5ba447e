import type { Endpoint } from './endpoint.ts';
import { compareText, isSelectedBy, type Labels } from './object.ts';
import { createInterner, createPieceReader } from './pieces.ts';
import { type Service, type ServicePort, listServicesIn } from './service.ts';
import { cutServices, listPieceEndpoints } from './service-pieces.ts';
import type { EndpointIndex, Snapshot } from './snapshot.ts';
import type { ServiceTarget, Workload } from './workload.ts';

/** What a proxy says of the workload beside it. */
export interface WorkloadQuestion {
  readonly ipAddresses: readonly string[];
  /** Of the Pod or WorkloadEntry. */
  readonly name: string;
  readonly namespace: string;
  /** Id of its cluster: only what that cluster has can be behind the proxy. Absent, or of a cluster that is not known: not asked. */
  readonly cluster?: string;
  /** From the proxy's metadata; asked only when the mesh knows no such workload. */
  readonly labels: Labels;
}

/**
 * Lists the ports of services that the workload beside a proxy serves: what its inbound side is made of. Oldest service first, then by hostname.
 *
 * The workload is the Pod of that name, else the WorkloadEntries at its addresses. One that is neither (an Envoy without a cluster) is taken
 * at its word: services of its namespace that select the labels in its metadata; ports that those services target by a container's name
 * are then left out, because nobody knows the number. Services whose endpoints are listed by address count in any case. Services never reach
 * across namespaces.
 *
 * @see istio pilot/pkg/serviceregistry/kube/controller/controller.go `GetProxyServiceTargets`
 */
export function listServiceTargets(snapshot: Snapshot, proxy: WorkloadQuestion): readonly ServiceTarget[] {
  const workloads = listOwnWorkloads(snapshot, proxy);
  const cluster = findCluster(snapshot, proxy);
  const services = listOwnServices(snapshot, cluster);
  return listCandidates({ ...snapshot, services }, proxy, workloads).flatMap((service) => {
    const selected = service.selector ? listSelected(service, workloads, proxy.labels) : [];
    const endpoints = snapshot.endpoints.of(service.hostname, service.namespace);
    const listed = listByAddress(service, endpoints, { addresses: proxy.ipAddresses, cluster });
    return distinct([...selected, ...listed]);
  });
}

/** The services that workloads of a cluster can be behind. */
function listOwnServices({ services, workloads }: Snapshot, cluster: string | undefined): readonly Service[] {
  if (cluster === undefined) return services;
  const isHome = workloads.home === undefined || workloads.home === cluster;
  return listServicesIn(isHome ? services : listShared(services), cluster);
}

/** Without the Kubernetes services that only the cluster of the configuration has. */
function listShared(services: readonly Service[]): readonly Service[] {
  const known =
    sharedServices.get(services) ??
    services.filter(({ registry, byCluster }) => registry !== 'kubernetes' || byCluster !== undefined);
  sharedServices.set(services, known);
  return known;
}

const sharedServices = new WeakMap<readonly Service[], readonly Service[]>();

function findCluster({ workloads }: Snapshot, { cluster }: WorkloadQuestion): string | undefined {
  return cluster !== undefined && workloads.hasCluster(cluster) ? cluster : undefined;
}

/** The services that may be served at all: found by index, so that a proxy costs what it serves and not what its namespace holds. */
function listCandidates(
  snapshot: Snapshot,
  proxy: WorkloadQuestion,
  workloads: readonly Workload[],
): readonly Service[] {
  const services = servicesIn(snapshot.services, proxy.namespace);
  const selecting =
    workloads.length === 0
      ? servicesSelecting(services, proxy.labels)
      : workloads.flatMap(({ labels }) => servicesSelecting(services, labels));
  const listing = listServicesAt(services, snapshot.endpoints, proxy.ipAddresses);
  return [...new Set([...selecting, ...listing])].sort(compareOwn);
}

/** Where `workload` listens for a port of a service that selects it; `undefined` when the port names something the workload does not have. */
export function findTargetPort(port: ServicePort, workload: Workload): number | undefined {
  if (workload.kind === 'WorkloadEntry') {
    const own = workload.ports[port.name];
    if (own !== undefined) return own;
  }
  if (typeof port.targetPort === 'string') return workload.ports[port.targetPort];
  return port.targetPort ?? port.number;
}

function listOwnWorkloads(snapshot: Snapshot, proxy: WorkloadQuestion): readonly Workload[] {
  const { workloads } = snapshot;
  const cluster = findCluster(snapshot, proxy);
  const named = workloads.byName(proxy.namespace, proxy.name, cluster);
  if (named?.kind === 'Pod') return [named];
  const entries = proxy.ipAddresses
    .flatMap((address) => workloads.byAddress(address))
    .filter(
      (w) =>
        w.kind === 'WorkloadEntry' &&
        w.namespace === proxy.namespace &&
        (cluster === undefined || w.cluster === cluster),
    );
  return entries.length === 0 && named !== undefined ? [named] : [...new Set(entries)];
}

function listSelected(service: Service, workloads: readonly Workload[], labels: Labels): readonly ServiceTarget[] {
  const selector = service.selector ?? {};
  if (workloads.length === 0) {
    if (!isSelectedBy(labels, selector)) return [];
    return listPorts(service, (port) =>
      typeof port.targetPort === 'string' ? undefined : (port.targetPort ?? port.number),
    );
  }
  return workloads
    .filter((workload) => isSelectedBy(workload.labels, selector) && canBeBehind(service, workload))
    .flatMap((workload) => listPorts(service, (port) => findTargetPort(port, workload)));
}

/** Headless Kubernetes services have only Pods behind them: their endpoints are addresses that DNS gives out. */
function canBeBehind(service: Service, workload: Workload): boolean {
  return workload.kind === 'Pod' || service.registry === 'external' || service.resolution === 'eds';
}

function listPorts(service: Service, targetOf: (port: ServicePort) => number | undefined): readonly ServiceTarget[] {
  return service.ports.flatMap((port) => {
    const targetPort = port.protocol === 'udp' ? undefined : targetOf(port);
    return targetPort === undefined ? [] : [{ service, port, targetPort }];
  });
}

function listByAddress(
  service: Service,
  endpoints: readonly Endpoint[],
  { addresses, cluster }: { readonly addresses: readonly string[]; readonly cluster: string | undefined },
): readonly ServiceTarget[] {
  if (endpoints.length === 0) return [];
  const own = addresses.flatMap((address) => endpointsByAddress(endpoints).get(address) ?? []);
  return own.flatMap((endpoint) => {
    // Clusters on networks of their own may give out the same addresses.
    if (cluster !== undefined && endpoint.cluster !== cluster) return [];
    const port = service.ports.find((p) => p.name === endpoint.servicePortName && p.protocol !== 'udp');
    return port ? [{ service, port, targetPort: endpoint.port }] : [];
  });
}

/** One target for a port of the workload and a protocol, however many ports of the service lead there. */
function distinct(targets: readonly ServiceTarget[]): readonly ServiceTarget[] {
  const byTarget = new Map<string, ServiceTarget>();
  for (const target of targets) {
    const key = `${target.targetPort} ${target.port.protocol}`;
    if (!byTarget.has(key)) byTarget.set(key, target);
  }
  return [...byTarget.values()];
}

const readNamespaces = createPieceReader(
  (piece: readonly Service[]) => Map.groupBy(piece, ({ namespace }) => namespace),
  cutServices,
);

const internServices = createInterner<Service>();

// The identical list as long as nothing in the namespace changes: every proxy asks.
function servicesIn(services: readonly Service[], namespace: string): readonly Service[] {
  return internServices(readNamespaces(services).flatMap((byNamespace) => byNamespace.get(namespace) ?? []));
}

function compareOwn(a: Service, b: Service): number {
  return a.meta.createdMs - b.meta.createdMs || compareText(a.hostname, b.hostname);
}

const readSelecting = createPieceReader(
  (piece: readonly Service[]) => piece.filter(({ selector }) => selector !== undefined),
  cutServices,
);

const selectingServices = new WeakMap<readonly Service[], WeakMap<Labels, readonly Service[]>>();

// Labels belong to a workload and keep their identity as it does.
function servicesSelecting(services: readonly Service[], labels: Labels): readonly Service[] {
  const known = selectingServices.get(services) ?? new WeakMap<Labels, readonly Service[]>();
  selectingServices.set(services, known);
  const found =
    known.get(labels) ??
    readSelecting(services)
      .flat()
      .filter(({ selector }) => selector !== undefined && isSelectedBy(labels, selector));
  known.set(labels, found);
  return found;
}

type ServicesByAddress = ReadonlyMap<string, readonly Service[]>;

/** Services with an endpoint at an address, in their order. */
function listServicesAt(
  services: readonly Service[],
  endpoints: EndpointIndex,
  addresses: readonly string[],
): readonly Service[] {
  const indexes = cutServices(services).map((piece) => indexOf(piece, listPieceEndpoints(piece, endpoints)));
  return addresses.flatMap((address) => indexes.flatMap((index) => index.get(address) ?? []));
}

const indexes = new WeakMap<readonly (readonly Endpoint[])[], ServicesByAddress>();

function indexOf(piece: readonly Service[], lists: readonly (readonly Endpoint[])[]): ServicesByAddress {
  const known = indexes.get(lists) ?? indexByAddress(piece, lists);
  indexes.set(lists, known);
  return known;
}

function indexByAddress(piece: readonly Service[], lists: readonly (readonly Endpoint[])[]): ServicesByAddress {
  const index = new Map<string, Service[]>();
  for (const [i, service] of piece.entries()) {
    const list = lists[i] ?? [];
    if (list.length === 0) continue;
    for (const address of endpointsByAddress(list).keys()) {
      const listing = index.get(address);
      if (listing === undefined) index.set(address, [service]);
      else listing.push(service);
    }
  }
  return index;
}

const byAddress = new WeakMap<readonly Endpoint[], ReadonlyMap<string, readonly Endpoint[]>>();

function endpointsByAddress(endpoints: readonly Endpoint[]): ReadonlyMap<string, readonly Endpoint[]> {
  let index = byAddress.get(endpoints);
  if (index === undefined) {
    index = Map.groupBy(endpoints, (endpoint) => endpoint.address);
    byAddress.set(endpoints, index);
  }
  return index;
}
