import { isSelectedBy, type Labels } from '../../model/object.ts';
import { isTls, type Protocol } from '../../model/protocol.ts';
import type { L4Destination, L4Match, TcpRoute, VirtualService } from '../../model/virtual-service.ts';
import { MESH_GATEWAY } from '../../model/virtual-service.ts';
import type { ChainMatch } from './chain.ts';

/** One filter chain of a TCP or TLS port, before its destinations are looked up. */
export interface L4Plan {
  readonly match: ChainMatch;
  /** Absent: the service itself. */
  readonly destinations?: readonly [L4Destination, ...L4Destination[]];
  readonly source?: VirtualService;
  /** Whether the chain's metadata names `source`. */
  readonly named: boolean;
}

/** A port of a service as clients find it, for rules to be matched against. */
export interface L4Port {
  /** 0 for a Unix domain socket, where there are no addresses to match. */
  readonly number: number;
  /** Ranges of the service; empty where it has a listener of its own. */
  readonly subnets: readonly string[];
  /** Names by which TLS clients ask for the service; empty where its address says enough. */
  readonly serverNames: readonly string[];
}

/** The proxy that asks. */
export interface L4Client {
  readonly labels: Labels;
  readonly namespace: string;
}

/** Interned by the cache, as an argument of what is planned for it. */
export function toL4Client(labels: Labels, namespace: string): L4Client {
  return { labels, namespace };
}

/** The one chain of a port that no VirtualService routes: the service's own. */
function planServicePort(port: L4Port): readonly L4Plan[] {
  return [{ match: { serverNames: port.serverNames, subnets: port.subnets }, named: false }];
}

/**
 * Plans the chains of a TLS port by the `tls` blocks of VirtualServices in order. What cannot change while the proxy runs (its labels, its
 * namespace, the port) is decided here, so of several matches for the same names the first that applies is the only one.
 *
 * Ranges given by one match hold for the following ones too, until another gives its own: an oddity of Istio that configurations rely on.
 * @see istio pilot/pkg/networking/core/tls.go `buildSidecarOutboundTLSFilterChainOpts`
 */
export function planTlsPort(
  port: L4Port,
  virtualServices: readonly VirtualService[],
  client: L4Client,
): readonly L4Plan[] {
  const seen = new Set<string>();
  const plans: L4Plan[] = [];
  let subnets = port.subnets;
  for (const source of virtualServices) {
    for (const { matches, destinations } of source.tls) {
      for (const match of matches.filter((m) => appliesTo(m, port.number, client))) {
        if (match.destinationSubnets.length > 0 && port.number > 0) subnets = match.destinationSubnets;
        const key = `${match.sniHosts.join()}|${match.destinationSubnets.join()}`;
        if (seen.has(key)) continue;
        seen.add(key);
        plans.push({ match: { serverNames: match.sniHosts, subnets }, destinations, source, named: true });
      }
    }
  }
  return plans.length > 0 ? plans : planServicePort(port);
}

/**
 * Plans the chains of any other TCP port by the `tcp` blocks: the first that matches every address of the service ends the list; before it,
 * blocks that match ranges have a chain each; without it, the service's own chain comes last.
 * @see istio pilot/pkg/networking/core/tls.go `buildSidecarOutboundTCPFilterChainOpts`
 */
export function planTcpPort(
  port: L4Port,
  virtualServices: readonly VirtualService[],
  client: L4Client,
): readonly L4Plan[] {
  const plans: L4Plan[] = [];
  for (const source of virtualServices) {
    for (const route of source.tcp) {
      const plan = planTcpRoute(route, source, port, client);
      if (plan === undefined) continue;
      plans.push(plan);
      if (plan.named) return plans;
    }
  }
  const covered = plans.some(({ match }) => isSameSet(match.subnets, port.subnets));
  return covered ? plans : [...plans, ...planServicePort({ ...port, serverNames: [] })];
}

function planTcpRoute(
  { matches, destinations }: TcpRoute,
  source: VirtualService,
  port: L4Port,
  client: L4Client,
): L4Plan | undefined {
  const applying = matches.filter((match) => appliesTo(match, port.number, client));
  if (matches.length > 0 && applying.length === 0) return undefined;
  const isUnconditional = matches.length === 0 || applying.some((match) => match.destinationSubnets.length === 0);
  if (isUnconditional || port.number === 0) {
    return { match: { serverNames: [], subnets: port.subnets }, destinations, source, named: true };
  }
  const subnets = applying.flatMap((match) => match.destinationSubnets);
  return { match: { serverNames: [], subnets }, destinations, source, named: false };
}

function appliesTo({ gateways, sourceLabels, sourceNamespace, port }: L4Match, number: number, client: L4Client) {
  return (
    (gateways.length === 0 || gateways.includes(MESH_GATEWAY)) &&
    isSelectedBy(client.labels, sourceLabels) &&
    (port === undefined || port === 0 || port === number) &&
    (sourceNamespace === undefined || sourceNamespace === '' || sourceNamespace === client.namespace)
  );
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && [...a].sort().join() === [...b].sort().join();
}

/** Plans the chains of a port for which some VirtualService has `tls` or `tcp` blocks. */
export function planPort(
  port: L4Port,
  protocol: Protocol,
  virtualServices: readonly VirtualService[],
  client: L4Client,
): readonly L4Plan[] {
  return isTls(protocol) ? planTlsPort(port, virtualServices, client) : planTcpPort(port, virtualServices, client);
}
