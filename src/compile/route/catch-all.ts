import type {
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_RouteAction as RouteAction,
} from '../../gen/messages.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { OutboundTrafficPolicy } from '../../model/sidecar.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import { toDestinationCluster } from '../destination.ts';
import {
  ALLOW_ANY,
  ALLOW_ANY_DYNAMIC_DNS,
  ALLOW_ANY_DYNAMIC_DNS_CLUSTER,
  BLOCK_ALL,
  PASSTHROUGH_CLUSTER,
} from '../names.ts';
import { compileTimeout } from './action.ts';
import { encodeRoute } from './http-route.ts';
import { MATCH_ALL } from './match.ts';
import { type EncodedVirtualHost, spliceVirtualHost } from './virtual-host.ts';

/** What decides where undeclared hosts lead: primitives, so that equal policies share the virtual host. */
type CatchAllTerms = readonly [
  mode: OutboundTrafficPolicy['mode'],
  /** Where everything goes in mode `allow-any`. */
  cluster: string,
  attemptCount: boolean,
  appendXForwardedHost: boolean,
  /** The Sidecar whose policy it is, if any. */
  origin: ObjectKey | undefined,
];

/** Reads from a scope and its proxy what `compileCatchAll` is called with. */
export function toCatchAllTerms({ outboundTrafficPolicy, sidecar }: SidecarScope, proxy: ProxyClass): CatchAllTerms {
  const { mode, egressProxy } = outboundTrafficPolicy;
  const { attemptCountDisabled, xForwardedHost } = proxy.proxyConfig.proxyHeaders;
  const cluster = egressProxy ? toDestinationCluster(egressProxy, undefined, 0) : PASSTHROUGH_CLUSTER;
  const origin = sidecar?.outboundTrafficPolicy ? keyOf(sidecar.meta) : undefined;
  return [mode, cluster, !attemptCountDisabled, xForwardedHost, origin];
}

/**
 * Compiles the virtual host behind all others of a sidecar: where requests go whose host nobody declared.
 * @see istio pilot/pkg/networking/core/httproute.go `buildCatchAllVirtualHost`
 */
export function compileCatchAll(
  ...[mode, cluster, attemptCount, forwardsHost, origin]: CatchAllTerms
): EncodedVirtualHost {
  const route = compileCatchAllRoute(mode, cluster, forwardsHost);
  const head = { name: route.name ?? '', domains: ['*'], attemptCount };
  return spliceVirtualHost(head, [encodeRoute(route)], origin ? [origin] : []);
}

function compileCatchAllRoute(mode: OutboundTrafficPolicy['mode'], cluster: string, forwardsHost: boolean): Route {
  switch (mode) {
    case 'registry-only':
      return { name: BLOCK_ALL, match: MATCH_ALL, direct_response: { status: 502 } };
    case 'allow-any':
      return toRoute(ALLOW_ANY, cluster, forwardsHost);
    case 'allow-any-dynamic-dns':
      return toRoute(ALLOW_ANY_DYNAMIC_DNS, ALLOW_ANY_DYNAMIC_DNS_CLUSTER, forwardsHost);
  }
}

function toRoute(name: string, cluster: string, appendXForwardedHost: boolean): Route {
  const route: RouteAction = {
    cluster,
    ...compileTimeout({ kind: 'off' }),
    ...(appendXForwardedHost && { append_x_forwarded_host: true }),
  };
  return { name, match: MATCH_ALL, route };
}
