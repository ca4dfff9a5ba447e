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
  const services = egress.length === 1 ? egress[0].services : uniteServices(egress);
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
  addDestinations(chosen, virtualServices, visible, namespace);
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
    hasRule: (vs) =>
      positive.some((p) => {
        if (!covers(p, vs.meta.namespace)) return false;
        return vs.hosts.some((h) => (vs.semantics === 'gateway' ? isHostWithin(h, p.host) : hostsOverlap(h, p.host)));
      }),
  };
}

/** What an imported rule sends to is imported with it, with the ports it names. */
function addDestinations(
  chosen: Map<string, Service>,
  rules: readonly VirtualService[],
  visible: VisibleServices,
  namespace: string,
): void {
  const wanted = new Map<string, Set<number>>();
  for (const { host, port } of rules.flatMap(listDestinations)) {
    if (chosen.has(host)) continue;
    const ports = wanted.get(host) ?? new Set<number>();
    wanted.set(host, ports.add(port ?? 0));
  }
  for (const [host, ports] of wanted) {
    const candidates = visible.byHost.get(host);
    if (candidates === undefined) continue;
    const service = preferService(candidates, namespace);
    const trimmed = ports.has(0) ? service : trimPorts(service, [...ports]);
    if (trimmed !== undefined) chosen.set(host, trimmed);
  }
}

/** One service per hostname over all listeners: the ports of the same service are united, else Kubernetes wins, else the first. */
function uniteServices(views: readonly EgressView[]): readonly Service[] {
  const byHost = new Map<string, Service>();
  for (const service of views.flatMap((view) => view.services)) {
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
