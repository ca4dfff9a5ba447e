import type {
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_RouteAction as RouteAction,
} from '../../gen/messages.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { OutboundTrafficPolicy } from '../../model/sidecar.ts';
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

/**
 * Compiles the virtual host behind all others of a sidecar: where requests go whose host nobody declared. `origin` is the Sidecar whose
 * policy it is, if any.
 * @see istio pilot/pkg/networking/core/httproute.go `buildCatchAllVirtualHost`
 */
export function compileCatchAll(
  policy: OutboundTrafficPolicy,
  attemptCount: boolean,
  appendXForwardedHost: boolean,
  origin: ObjectKey | undefined,
): EncodedVirtualHost {
  const route = compileCatchAllRoute(policy, appendXForwardedHost);
  const head = { name: route.name ?? '', domains: ['*'], attemptCount };
  return spliceVirtualHost(head, [encodeRoute(route)], origin ? [origin] : []);
}

function compileCatchAllRoute({ mode, egressProxy }: OutboundTrafficPolicy, appendXForwardedHost: boolean): Route {
  switch (mode) {
    case 'registry-only':
      return { name: BLOCK_ALL, match: MATCH_ALL, direct_response: { status: 502 } };
    case 'allow-any': {
      const proxied = egressProxy && toDestinationCluster(egressProxy, undefined, 0);
      return toRoute(ALLOW_ANY, proxied ?? PASSTHROUGH_CLUSTER, appendXForwardedHost);
    }
    case 'allow-any-dynamic-dns':
      return toRoute(ALLOW_ANY_DYNAMIC_DNS, ALLOW_ANY_DYNAMIC_DNS_CLUSTER, appendXForwardedHost);
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
