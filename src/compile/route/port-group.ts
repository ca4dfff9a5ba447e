import { HostIndex, hostsOverlap, isWildcard } from '../../model/host.ts';
import { isHttpOrSniffed } from '../../model/protocol.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { EgressView } from '../../model/sidecar-scope.ts';
import type { VirtualService } from '../../model/virtual-service.ts';

/** One port of one service. */
export interface PortEntry {
  readonly service: Service;
  readonly port: ServicePort;
}

/** A VirtualService on one port, with the services there that it routes. */
export interface PortRule {
  readonly vs: VirtualService;
  readonly entries: readonly PortEntry[];
}

/** Everything that an egress listener offers, by port. */
export interface EgressPorts {
  readonly services: ReadonlyMap<string, Service>;
  readonly groups: ReadonlyMap<number, PortGroup>;
}

/** Everything that an egress listener offers on one port. */
export interface PortGroup {
  readonly port: number;
  /** By host, in lower case; of whatever protocol. */
  readonly entries: ReadonlyMap<string, PortEntry>;
  /** In the order in which they claim hosts. */
  readonly rules: readonly PortRule[];
}

interface OpenGroup {
  readonly port: number;
  readonly entries: Map<string, PortEntry>;
  readonly rules: PortRule[];
}

/** Where VirtualServices for hosts that are no service take effect. */
const PORT_OF_UNKNOWN_HOSTS = 80;

/**
 * Sorts what an egress listener sees by port. Services are found by their host in lower case.
 *
 * A VirtualService belongs to a port when one of its hosts is an HTTP service there; on port 80 every VirtualService does, because there its
 * hosts need not be services.
 * @see istio pilot/pkg/networking/core/httproute.go `selectVirtualServices`
 */
export function groupByPort(view: EgressView): EgressPorts {
  const groups = new Map<number, OpenGroup>();
  const byHost = new Map<string, Service>();
  for (const service of view.services) {
    const host = service.hostname.toLowerCase();
    byHost.set(host, service);
    for (const port of service.ports) if (port.protocol !== 'udp') addEntry(groups, host, { service, port });
  }
  const rules = createRuleLookup(view.virtualServices);
  for (const vs of view.virtualServices) addRule(groups, vs, listRoutedServices(vs, byHost, rules));
  return { services: byHost, groups };
}

function addEntry(groups: Map<number, OpenGroup>, host: string, entry: PortEntry): void {
  const { number } = entry.port;
  const group = groups.get(number) ?? { port: number, entries: new Map(), rules: [] };
  groups.set(number, group);
  if (!group.entries.has(host)) group.entries.set(host, entry);
}

function addRule(groups: ReadonlyMap<number, OpenGroup>, vs: VirtualService, services: readonly Service[]): void {
  const byPort = new Map<number, PortEntry[]>([[PORT_OF_UNKNOWN_HOSTS, []]]);
  for (const service of services) {
    for (const port of service.ports) {
      if (!isHttpOrSniffed(port.protocol)) continue;
      const entries = byPort.get(port.number) ?? [];
      byPort.set(port.number, entries);
      entries.push({ service, port });
    }
  }
  for (const [port, entries] of byPort) groups.get(port)?.rules.push({ vs, entries });
}

/** The services whose requests `vs` routes: those that it names, and those below its wildcards for which no rule is more specific. */
function listRoutedServices(
  vs: VirtualService,
  byHost: ReadonlyMap<string, Service>,
  rules: HostIndex<VirtualService>,
): readonly Service[] {
  const routed = new Set<Service>();
  for (const host of vs.hosts) {
    const named = isWildcard(host) ? undefined : byHost.get(host.toLowerCase());
    if (named !== undefined) routed.add(named);
  }
  // Wildcards of the Gateway API never stand for services.
  if (vs.semantics === 'gateway') return [...routed];
  for (const host of vs.hosts.filter(isWildcard)) {
    for (const [name, service] of byHost) {
      if (hostsOverlap(name, host.toLowerCase()) && rules.find(service.hostname) === vs) routed.add(service);
    }
  }
  return [...routed];
}

/** The most specific rule of a host; of several with the same host, the first. */
function createRuleLookup(rules: readonly VirtualService[]): HostIndex<VirtualService> {
  return new HostIndex(rules.flatMap((vs) => vs.hosts.map((host) => [host, vs] as const)));
}

/** The hosts of `vs` that are no service on this port. They get virtual hosts of their own. */
export function listUnknownHosts(vs: VirtualService, group: PortGroup): readonly string[] {
  const literal = vs.hosts.filter((host) => !isWildcard(host) && !group.entries.has(host.toLowerCase()));
  const wild = vs.hosts.filter((host) => isWildcard(host) && !hasServiceBelow(vs, host.toLowerCase(), group));
  return [...literal, ...wild];
}

function hasServiceBelow(vs: VirtualService, host: string, group: PortGroup): boolean {
  if (vs.semantics === 'gateway') return false;
  for (const name of group.entries.keys()) if (hostsOverlap(name, host)) return true;
  return false;
}
