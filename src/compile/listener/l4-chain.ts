import type { EffectiveRule } from '../../model/effective-rule.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import { findTrafficPolicy } from '../../model/traffic-policy-resolution.ts';
import type { L4Destination, VirtualService } from '../../model/virtual-service.ts';
import { toDestinationCluster } from '../destination.ts';
import type { Extension } from '../extension.ts';
import { compileTcpFilters } from '../filter/network-filters.ts';
import { compileSniDynamicForwardProxy } from '../filter/sni-dynamic-forward-proxy.ts';
import type { TcpPolicy, TcpProxyInput } from '../filter/tcp-proxy.ts';
import { outboundClusterName } from '../names.ts';
import { expandStatName } from '../stat-name.ts';
import type { Chain } from './chain.ts';
import type { L4Plan, L4Port } from './l4-plan.ts';
import { compileConfigMetadata } from './metadata.ts';
import { compileConnectTimeout } from './limits.ts';
import type { ListenerSettings } from './settings.ts';

/** What the chain of a port that nobody routes is made of; the rule is the one for the service. */
type ServiceParts = readonly [service: Service, port: ServicePort, rule: EffectiveRule | undefined];

/** Compiles the chain that leads to the service itself. */
export function compileServiceChain(
  settings: ListenerSettings,
  { serverNames, subnets }: L4Port,
  ...[service, port, rule]: ServiceParts
): Chain {
  // A Sidecar may serve a service on another port than the service's; with one port, that is the one it means.
  const number = service.ports.length === 1 ? (service.ports[0]?.number ?? port.number) : port.number;
  const cluster = outboundClusterName(service.hostname, number);
  const proxy = {
    statPrefix: statPrefixOf(settings, cluster, { service, hostname: service.hostname, port: { ...port, number } }),
    target: cluster,
    policy: toTcpPolicy(rule, number, ''),
  };
  const resolver = isDynamicWildcard(service)
    ? compileSniDynamicForwardProxy(service.hostname, port.number, settings.ipMode)
    : undefined;
  return {
    match: { serverNames, subnets },
    body: toBody(
      settings,
      compileTcpFilters(settings, { protocol: port.protocol, proxy, exchangesMetadata: false, resolver }),
    ),
    owner: keyOf(service.meta),
    origins: [...rulesOf(rule), keyOf(service.meta)],
  };
}

/** What the destinations of a VirtualService's block turned out to be. */
export interface L4Route {
  readonly source: VirtualService;
  readonly destinations: readonly [L4Destination, ...L4Destination[]];
  /** Service of each destination, `undefined` for hosts that are none. */
  readonly services: readonly (Service | undefined)[];
  /** The rule of the first destination's service, which decides for all of them. */
  readonly rule: EffectiveRule | undefined;
}

/** Interned by the cache, as an argument of what is compiled from it. */
export function toL4Route(
  source: VirtualService,
  destinations: L4Route['destinations'],
  services: L4Route['services'],
  rule: EffectiveRule | undefined,
): L4Route {
  return { source, destinations, services, rule };
}

/** Compiles the TCP proxy of a VirtualService's block: one cluster, or several by weight. */
export function toRoutedProxy(settings: ListenerSettings, route: L4Route, port: ServicePort): TcpProxyInput {
  const { source, destinations, services, rule } = route;
  const [first] = destinations;
  const clusters = destinations.map(({ destination, weight }, i) => ({
    name: toDestinationCluster(destination, services[i], port.number),
    weight,
  }));
  if (destinations.length > 1) {
    const weighted = clusters.filter(({ weight }) => weight > 0);
    return {
      statPrefix: `${source.meta.name}.${source.meta.namespace}`,
      target: weighted.length > 0 ? weighted : clusters.map(({ name }) => ({ name, weight: 1 })),
      policy: toTcpPolicy(rule, port.number, ''),
    };
  }
  const { host, subset = '' } = first.destination;
  const cluster = clusters[0]?.name ?? outboundClusterName(host, port.number, subset);
  const subject = { service: services[0], hostname: host, port, subset };
  return {
    statPrefix: services[0] ? statPrefixOf(settings, cluster, subject) : cluster,
    target: cluster,
    policy: toTcpPolicy(rule, port.number, subset),
  };
}

/** Compiles a chain that a VirtualService routes. */
export function compileRoutedChain(settings: ListenerSettings, plan: L4Plan, route: L4Route, port: ServicePort): Chain {
  const proxy = toRoutedProxy(settings, route, port);
  const { meta } = route.source;
  return {
    match: plan.match,
    body: {
      ...toBody(settings, compileTcpFilters(settings, { protocol: port.protocol, proxy, exchangesMetadata: false })),
      ...(plan.named && { metadata: compileConfigMetadata('virtual-service', meta) }),
    },
    owner: keyOf(meta),
    origins: [keyOf(meta), ...rulesOf(route.rule)],
  };
}

/** A service whose wildcard host is resolved by the name that clients ask for. */
export function isDynamicWildcard({ hostname, resolution }: Service): boolean {
  return resolution === 'dynamic-dns' && hostname.startsWith('*');
}

/** The DestinationRules that a merged rule comes from. */
export function rulesOf(rule: EffectiveRule | undefined): readonly ObjectKey[] {
  return rule?.sources.map(({ meta }) => keyOf(meta)) ?? [];
}

/**
 * What a rule says about TCP connections to a port of its service. Blocks that its entry for the port leaves out are those of the rule, other
 * than for clusters. A tunnel is only ever that of the whole service, or of the subset itself.
 * @see istio pilot/pkg/networking/core/networkfilter.go `buildOutboundNetworkFiltersWithSingleDestination`
 */
export function toTcpPolicy(rule: EffectiveRule | undefined, port: number, subset: string): TcpPolicy {
  const whole = rule?.trafficPolicy;
  const { connectionPool = whole?.connectionPool, loadBalancer = whole?.loadBalancer } = findTrafficPolicy(
    rule,
    port,
    subset,
  );
  const declared = subset === '' ? rule : rule?.subsets.find(({ name }) => name === subset);
  return {
    idleTimeoutMs: connectionPool?.tcp?.idleTimeoutMs,
    maxDurationMs: connectionPool?.tcp?.maxConnectionDurationMs,
    hashesSource: loadBalancer?.consistentHash?.key.kind === 'source-ip',
    tunnel: declared?.trafficPolicy?.tunnel,
  };
}

function toBody(settings: ListenerSettings, filters: readonly Extension[]): Chain['body'] {
  return { filters, ...compileConnectTimeout(settings) };
}

/** The mesh's pattern for statistics, or the cluster's name when it gives none. */
export function statPrefixOf(
  { outboundStatName }: ListenerSettings,
  cluster: string,
  subject: {
    readonly hostname: string;
    readonly service: Service | undefined;
    readonly port: ServicePort;
    readonly subset?: string;
  },
): string {
  const { port, ...rest } = subject;
  return outboundStatName === ''
    ? cluster
    : expandStatName(outboundStatName, { ...rest, port: port.number, portName: port.name });
}
