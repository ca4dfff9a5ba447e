import type { envoy_config_route_v3_Route as Route } from '../../gen/messages.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import { keyOf } from '../../model/object.ts';
import type { Retries } from '../../model/virtual-service.ts';
import { outboundClusterName } from '../names.ts';
import { compileTimeout } from './action.ts';
import { compileHashPolicy, findServiceHash } from './hash-policy.ts';
import { type EncodedRoutes, encodeRoute } from './http-route.ts';
import { MATCH_ALL } from './match.ts';
import { compileRetryPolicy } from './retry.ts';

/** Name of a route that no VirtualService made. */
export const DEFAULT_ROUTE = 'default';

/**
 * Compiles the route to a service that no VirtualService routes. `rule` is passed only where it makes requests hash. Retries go to other hosts
 * even then: Istio leaves the hash out of account here.
 * @see istio pilot/pkg/networking/core/route/route.go `buildSidecarVirtualHostForService`
 */
export function compileDefaultRoutes(
  host: string,
  port: number,
  retries: Retries | undefined,
  rule: EffectiveRule | undefined,
): EncodedRoutes {
  const hash = rule && findServiceHash(rule, port);
  const retry_policy = compileRetryPolicy(retries, false);
  const route: Route = {
    name: DEFAULT_ROUTE,
    match: MATCH_ALL,
    decorator: { operation: `${host}:${port}/*` },
    route: {
      cluster: outboundClusterName(host, port),
      ...compileTimeout({ kind: 'off' }),
      ...(retry_policy && { retry_policy }),
      ...(hash && { hash_policy: [compileHashPolicy(hash)] }),
    },
  };
  return { routes: [encodeRoute(route)], origins: rule ? rule.sources.map(({ meta }) => keyOf(meta)) : [] };
}
