import { listDestinations } from './destinations.ts';
import { hostsOverlap, isHostWithin } from './host.ts';
import { createOutboundLookup } from './outbound-lookup.ts';
import type { Service } from './service.ts';
import type { EgressListener, HostPattern, Sidecar } from './sidecar.ts';
import type { ScopeInput } from './scope-input.ts';
import type { EgressView, SidecarScope } from './sidecar-scope.ts';
import type { VirtualService } from './virtual-service.ts';
import { listMeshVirtualServices } from './visible-rules.ts';
import type { VisibleServices } from './visible-services.ts';
import { listVisibleServices, preferService, trimPorts } from './visible-services.ts';

const EVERYTHING: EgressListener = { captureMode: 'default', hosts: [{ namespace: '*', host: '*', not: false }] };

/**
 * Computes what the sidecars of a namespace see, through `sidecar` when one selects them.
 * @see istio pilot/pkg/model/sidecar.go `convertToSidecarScope`
 */
export function createSidecarScope(input: ScopeInput, sidecar: Sidecar | undefined): SidecarScope {
  const visible = listVisibleServices(input.services, input.namespace);
  const rules = listMeshVirtualServices(input.virtualServices, input.namespace);
  const [first = EVERYTHING, ...rest] = sidecar?.egress ?? [];
  const view = (listener: EgressListener) => viewOf(listener, visible, rules, input.namespace);
  const egress: SidecarScope['egress'] = [view(first), ...rest.map(view)];
  const services = uniteServices(
    egress.flatMap((each) => [each.services, listDestinationServices(each, visible, input.namespace)]),
  );
  return {
    kind: 'sidecar',
    ...createOutboundLookup(input, services, visible),
    ...(sidecar && { sidecar }),
    egress,
    // A Sidecar that says anything here replaces the mesh's policy, its mode's default included.
    outboundTrafficPolicy: sidecar?.outboundTrafficPolicy ?? input.mesh.outboundTrafficPolicy,
  };
}

function viewOf(
  listener: EgressListener,
  visible: VisibleServices,
  rules: readonly VirtualService[],
  namespace: string,
): EgressView {
  const imports = createImports(listener.hosts, namespace);
  const virtualServices = imports.all ? rules : rules.filter((vs) => imports.hasRule(vs));
  // Who imports everything has all destinations of rules already.
  if (imports.all && !isTrimming(listener) && visible.isUnique) {
    return { listener, services: visible.list, virtualServices };
  }
  const chosen = new Map<string, Service>();
  for (const service of visible.list) {
    if (!imports.all && !imports.hasService(service)) continue;
    const trimmed = trimToListener(service, listener);
    if (trimmed === undefined) continue;
    const known = chosen.get(service.hostname);
    chosen.set(service.hostname, known ? preferService([known, trimmed], namespace) : trimmed);
  }
  return { listener, services: [...chosen.values()], virtualServices };
}

/** A listener with a port sees only services that declare it; Unix sockets and HTTP proxies see all. */
function trimToListener(service: Service, listener: EgressListener): Service | undefined {
  return listener.port && isTrimming(listener) ? trimPorts(service, [listener.port.number]) : service;
}

function isTrimming({ port }: EgressListener): boolean {
  return port !== undefined && port.number !== 0 && port.protocol !== 'http_proxy';
}

interface Imports {
  /** Everything in every namespace: the usual case, answered without looking. */
  readonly all: boolean;
  hasService(service: Service): boolean;
  hasRule(vs: VirtualService): boolean;
}

function createImports(patterns: readonly HostPattern[], own: string): Imports {
  const positive = patterns.filter((p) => !p.not);
  const negative = patterns.filter((p) => p.not);
  const covers = (p: HostPattern, namespace: string) =>
    p.namespace === '*' || (p.namespace === '.' ? own : p.namespace) === namespace;
  return {
    all: negative.length === 0 && positive.some((p) => p.namespace === '*' && p.host === '*'),
    hasService: ({ hostname, namespace }) =>
      positive.some((p) => covers(p, namespace) && isHostWithin(hostname, p.host)) &&
      !negative.some((p) => covers(p, namespace) && isHostWithin(hostname, p.host)),
    hasRule: ({ hosts, semantics, meta: { namespace } }) =>
      hosts.some(
        (host) =>
          positive.some(
            (p) =>
              covers(p, namespace) &&
              (semantics === 'gateway' ? isHostWithin(host, p.host) : hostsOverlap(host, p.host)),
          ) && !negative.some((p) => covers(p, namespace) && isHostWithin(host, p.host)),
      ),
  };
}

/**
 * What the rules of a listener send to and the listener does not import. There are clusters for it, on the ports that the rules name or the
 * listener has, but nobody can call it by its own name.
 * @see istio pilot/pkg/model/sidecar.go `collectImportedServices`
 */
function listDestinationServices(
  { listener, services, virtualServices }: EgressView,
  visible: VisibleServices,
  namespace: string,
): readonly Service[] {
  if (services === visible.list || virtualServices.length === 0) return NOTHING;
  const imported = new Set(services.map(({ hostname }) => hostname));
  const wanted = new Map<string, Set<number>>();
  for (const { host, port } of virtualServices.flatMap((vs) => listDestinations(vs, namespace))) {
    if (imported.has(host)) continue;
    const ports = wanted.get(host) ?? new Set<number>();
    wanted.set(host, ports.add(port ?? 0));
  }
  return [...wanted].flatMap(([host, ports]) => {
    const candidates = visible.byHost.get(host);
    if (candidates === undefined) return [];
    const service = preferService(candidates, namespace);
    if (isTrimming(listener)) return trimToListener(service, listener) ?? [];
    return (ports.has(0) ? service : trimPorts(service, [...ports])) ?? [];
  });
}

const NOTHING: readonly Service[] = [];

/** One service per hostname over all lists: the ports of the same service are united, else Kubernetes wins, else the first. */
function uniteServices(lists: readonly (readonly Service[])[]): readonly Service[] {
  const [only = NOTHING, ...others] = lists.filter((list) => list.length > 0);
  // The identical list, by which others know that they have seen it.
  if (others.length === 0) return only;
  const byHost = new Map<string, Service>();
  for (const service of lists.flat()) {
    const known = byHost.get(service.hostname);
    byHost.set(service.hostname, known === undefined ? service : unite(known, service));
  }
  return [...byHost.values()];
}

function unite(known: Service, next: Service): Service {
  if (known.meta !== next.meta) {
    return known.registry === 'external' && next.registry === 'kubernetes' ? next : known;
  }
  const added = next.ports.filter((port) => !known.ports.includes(port));
  if (added.length === 0) return known;
  if (known.ports.every((port) => next.ports.includes(port))) return next;
  return united(known, next, added);
}

const unions = new WeakMap<Service, WeakMap<Service, Service>>();

// The union is a new value; remembered by its parts, so that it too keeps its identity.
function united(known: Service, next: Service, added: Service['ports']): Service {
  const partners = unions.get(known) ?? new WeakMap<Service, Service>();
  unions.set(known, partners);
  const union = partners.get(next) ?? {
    ...known,
    ports: [...known.ports, ...added].sort((a, b) => a.number - b.number),
  };
  partners.set(next, union);
  return union;
}
