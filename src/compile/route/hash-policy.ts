import type { envoy_config_route_v3_RouteAction_HashPolicy as HashPolicy } from '../../gen/messages.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { ConsistentHash, HttpCookie, PortTrafficPolicy, TrafficPolicy } from '../../model/traffic-policy.ts';
import type { Destination } from '../../model/virtual-service.ts';
import { durationOf } from '../wire.ts';

/** What of a request picks the host. An absent `ttlMs` reads the cookie and never sets it. */
export function compileHashPolicy({ key }: ConsistentHash): HashPolicy {
  switch (key.kind) {
    case 'header':
      return { header: { header_name: key.name } };
    case 'cookie':
      return { cookie: compileCookie(key.cookie) };
    case 'source-ip':
      return { connection_properties: { source_ip: true } };
    case 'query-parameter':
      return { query_parameter: { name: key.name } };
  }
}

function compileCookie({ name, path, ttlMs, attributes }: HttpCookie): NonNullable<HashPolicy['cookie']> {
  return {
    name,
    ...(ttlMs !== undefined && { ttl: durationOf(ttlMs) }),
    ...(path && { path }),
    ...(attributes && attributes.length > 0 && { attributes }),
  };
}

/**
 * The hash that requests to `destination` are balanced by: the subset's for the port, the subset's, the rule's for the port, the rule's.
 * Port-level settings count only where the destination names its port.
 *
 * A level that balances otherwise does not stop the search: its cluster ignores the hash then.
 * @see istio pilot/pkg/networking/core/route/route.go `HashForHTTPDestination`
 */
export function findDestinationHash(rule: EffectiveRule, { port, subset }: Destination): ConsistentHash | undefined {
  const named = rule.subsets.find(({ name }) => name === subset)?.trafficPolicy;
  return (
    hashOf(atPort(named, port)) ??
    hashOf(named) ??
    hashOf(atPort(rule.trafficPolicy, port)) ??
    hashOf(rule.trafficPolicy)
  );
}

/** The hash of requests to a service that no VirtualService routes. */
export function findServiceHash({ trafficPolicy }: EffectiveRule, port: number): ConsistentHash | undefined {
  return hashOf(atPort(trafficPolicy, port)) ?? hashOf(trafficPolicy);
}

/** Whether a rule makes requests to a whole service hash, on some port. */
export function hasHash({ trafficPolicy }: EffectiveRule): boolean {
  if (trafficPolicy === undefined) return false;
  return [trafficPolicy, ...trafficPolicy.portLevel.values()].some((policy) => hashOf(policy) !== undefined);
}

function atPort(policy: TrafficPolicy | undefined, port: number | undefined): PortTrafficPolicy | undefined {
  return port === undefined ? undefined : policy?.portLevel.get(port);
}

function hashOf(policy: PortTrafficPolicy | undefined): ConsistentHash | undefined {
  return policy?.loadBalancer?.consistentHash;
}
