import { CompileCache } from '../../src/compile/cache.ts';
import { compileGatewayClusters } from '../../src/compile/cluster/gateway.ts';
import { compileOutboundClusters } from '../../src/compile/cluster/outbound.ts';
import type { CompiledClusters } from '../../src/compile/cluster/service-clusters.ts';
import { compileClusterLoadAssignments } from '../../src/compile/endpoint/load-assignments.ts';
import { findPlacement, type Placement } from '../../src/compile/endpoint/placement.ts';
import type { CompiledResource } from '../../src/compile/resource.ts';
import { toJson } from '../../src/gen/codec.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { ProxyClass } from '../../src/model/proxy-class.ts';
import type { Service } from '../../src/model/service.ts';
import type { ClientTls, TrafficPolicy } from '../../src/model/traffic-policy.ts';
import { destinationRule, meta, service } from './model.ts';
import { endpointIndex, routerScope, type ScopeParts, sidecarClass, sidecarScope } from './scopes.ts';

/** The service of Istio's golden facts: one port of each protocol class. */
export function echo(rest: Partial<Service> = {}): Service {
  return service('default', 'echo', {
    ports: [
      { name: 'http', number: 80, protocol: 'http' },
      { name: 'grpc-api', number: 7070, protocol: 'grpc' },
      { name: 'tcp-db', number: 9000, protocol: 'tcp' },
      { name: 'auto', number: 9100, protocol: 'auto' },
    ],
    addresses: ['10.96.0.10'],
    ...rest,
  });
}

/** What `echo` is called. */
export const ECHO = 'echo.default.svc.cluster.local';

/** A service of a ServiceEntry outside of the mesh, with port 80. */
export function external(hostname: string, rest: Partial<Service> = {}): Service {
  return service('default', hostname, {
    meta: meta('ServiceEntry', 'default', 'entry'),
    hostname,
    registry: 'external',
    external: true,
    ...rest,
  });
}

/** A rule named `rule` for `host` (`echo`, when absent). */
export function rule(
  policy: Partial<TrafficPolicy> | undefined,
  { host = ECHO, ...rest }: Partial<Parameters<typeof destinationRule>[2]> = {},
) {
  const trafficPolicy = policy && trafficPolicyOf(policy);
  return destinationRule('default', 'rule', { host, ...(trafficPolicy && { trafficPolicy }), ...rest });
}

/** A traffic policy that is complete. */
export function trafficPolicyOf(policy: Partial<TrafficPolicy>): TrafficPolicy {
  return { portLevel: new Map(), ...policy };
}

/** TLS with a stranger, checked by the system's roots. */
export function simpleTls(rest: Partial<ClientTls & { readonly mode: 'simple' | 'mutual' }> = {}): ClientTls {
  return { mode: 'simple', subjectAltNames: [], insecureSkipVerify: false, ...rest };
}

/** What clusters and assignments are compiled from; a sidecar of `default` that stands nowhere, when absent. */
export interface ClusterParts extends ScopeParts {
  readonly proxy?: ProxyClass;
  readonly placement?: Placement;
  readonly endpoints?: Readonly<Record<string, readonly Endpoint[]>>;
  readonly hasAutoPassthrough?: boolean;
  readonly cache?: CompileCache;
}

/** Where proxies stand that stand nowhere. */
export const NOWHERE: Placement = { locality: { region: '', zone: '', subzone: '' }, nodeName: '' };

function prepare(parts: ClusterParts) {
  const { proxy = sidecarClass(), placement = NOWHERE, cache = new CompileCache(), hasAutoPassthrough = false } = parts;
  const gateway = { groups: [], rejected: [], serversByRoute: new Map(), hasAutoPassthrough };
  const scope =
    proxy.type === 'router' ? routerScope(gateway, { ...parts, namespace: proxy.namespace }) : sidecarScope(parts);
  const place = findPlacement(scope, proxy, placement, cache);
  return { proxy, scope, place, endpoints: endpointIndex(parts.endpoints), cache };
}

/** The outbound clusters of a proxy. */
export function compileClusters(parts: ClusterParts): CompiledClusters {
  const { proxy, scope, place, endpoints, cache } = prepare(parts);
  return scope.kind === 'router'
    ? compileGatewayClusters(scope, proxy, place, endpoints, cache)
    : compileOutboundClusters(scope, proxy, place, endpoints, cache);
}

/** The assignments of a proxy. */
export function compileAssignments(parts: ClusterParts): readonly CompiledResource[] {
  const { proxy, scope, place, endpoints, cache } = prepare(parts);
  return compileClusterLoadAssignments(scope, proxy, place, endpoints, cache).resources;
}

/** JSON of an object. */
export type Json = { readonly [key: string]: unknown };

/** Clusters as Envoy would print them, by name. */
export function printClusters(resources: readonly CompiledResource[]): ReadonlyMap<string, Json> {
  return print('envoy.config.cluster.v3.Cluster', resources);
}

/** Assignments as Envoy would print them, by name. */
export function printAssignments(resources: readonly CompiledResource[]): ReadonlyMap<string, Json> {
  return print('envoy.config.endpoint.v3.ClusterLoadAssignment', resources);
}

function print(type: string, resources: readonly CompiledResource[]): ReadonlyMap<string, Json> {
  return new Map(resources.map(({ name, bytes }) => [name, JSON.parse(JSON.stringify(toJson(type, bytes)))]));
}

/** One outbound cluster. */
export function clusterOf(name: string, parts: ClusterParts): Json {
  const found = printClusters(compileClusters(parts).resources).get(name);
  if (found === undefined) throw new Error(`there is no cluster ${name}`);
  return found;
}

/** One assignment. */
export function assignmentOf(name: string, parts: ClusterParts): Json {
  const found = printAssignments(compileAssignments(parts)).get(name);
  if (found === undefined) throw new Error(`there is no assignment ${name}`);
  return found;
}
