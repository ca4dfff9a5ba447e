import { HostIndex, hostsOverlap, isWildcard } from '../../model/host.ts';
import { isHttpOrSniffed } from '../../model/protocol.ts';
import type { Service } from '../../model/service.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { PortEntries, ServiceIndex } from './service-index.ts';

/** A VirtualService on one port, with the services there that it routes. */
export interface PortRule {
  readonly vs: VirtualService;
  readonly services: readonly Service[];
}

/** Where VirtualServices for hosts that are no service take effect. */
const PORT_OF_UNKNOWN_HOSTS = 80;

/**
 * Which VirtualServices matter on which port, in the order in which they claim hosts: those with a host that is an HTTP service there; on port
 * 80 all, because there their hosts need not be services.
 * @see istio pilot/pkg/networking/core/httproute.go `selectVirtualServices`
 */
export function groupRulesByPort(
  virtualServices: readonly VirtualService[],
  index: ServiceIndex,
): ReadonlyMap<number, readonly PortRule[]> {
  const rules = new Map<number, PortRule[]>();
  const mostSpecific = indexRules(virtualServices);
  for (const vs of virtualServices) {
    for (const [port, services] of groupByPort(listRoutedServices(vs, index, mostSpecific))) {
      const known = rules.get(port);
      if (known) known.push({ vs, services });
      else rules.set(port, [{ vs, services }]);
    }
  }
  return rules;
}

function groupByPort(services: readonly Service[]): ReadonlyMap<number, readonly Service[]> {
  const byPort = new Map<number, Service[]>([[PORT_OF_UNKNOWN_HOSTS, []]]);
  for (const service of services) {
    for (const { number, protocol } of service.ports) {
      if (!isHttpOrSniffed(protocol)) continue;
      const known = byPort.get(number);
      if (known) known.push(service);
      else byPort.set(number, [service]);
    }
  }
  return byPort;
}

/** The services whose requests `vs` routes: those that it names, and those below its wildcards for which no rule is more specific. */
function listRoutedServices(
  vs: VirtualService,
  { byHost, services }: ServiceIndex,
  mostSpecific: HostIndex<VirtualService>,
): readonly Service[] {
  const routed = new Set<Service>();
  for (const host of vs.hosts) {
    const named = isWildcard(host) ? undefined : byHost.get(host.toLowerCase());
    if (named !== undefined) routed.add(named);
  }
  // Wildcards of the Gateway API never stand for services.
  if (vs.semantics === 'gateway') return [...routed];
  for (const host of vs.hosts.filter(isWildcard)) {
    for (const service of services) {
      const name = service.hostname.toLowerCase();
      if (byHost.get(name) !== service) continue;
      if (hostsOverlap(name, host.toLowerCase()) && mostSpecific.find(service.hostname) === vs) routed.add(service);
    }
  }
  return [...routed];
}

/** By host; of several VirtualServices with the same host, the first. */
function indexRules(rules: readonly VirtualService[]): HostIndex<VirtualService> {
  return HostIndex.of(rules.flatMap((vs) => vs.hosts.map((host) => [host, vs] as const)));
}

/** The hosts of `vs` that are no service on this port. They get virtual hosts of their own. */
export function listUnknownHosts(vs: VirtualService, entries: PortEntries): readonly string[] {
  const literal = vs.hosts.filter((host) => !isWildcard(host) && !entries.byHost.has(host.toLowerCase()));
  // Everything is what the virtual host behind all others has already, and Envoy takes only one of that kind.
  const wild = vs.hosts.filter(
    (host) => isWildcard(host) && host !== '*' && !hasServiceBelow(vs, host.toLowerCase(), entries),
  );
  return [...literal, ...wild];
}

function hasServiceBelow(vs: VirtualService, host: string, { list }: PortEntries): boolean {
  return vs.semantics !== 'gateway' && list.some(({ service }) => hostsOverlap(service.hostname.toLowerCase(), host));
}
