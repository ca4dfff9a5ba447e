import { CompileCache } from '../../src/compile/cache.ts';
import { type CompiledRoutes, compileSidecarRoutes } from '../../src/compile/route/sidecar.ts';
import { decodeMessage } from '../../src/gen/codec.ts';
import type { envoy_config_route_v3_RouteConfiguration as RouteConfiguration } from '../../src/gen/messages.ts';
import type { DestinationRule } from '../../src/model/destination-rule.ts';
import type { MeshConfig } from '../../src/model/mesh-config.ts';
import type { ProxyClass } from '../../src/model/proxy-class.ts';
import { RuleIndex } from '../../src/model/rule-index.ts';
import type { Service, ServicePort } from '../../src/model/service.ts';
import type { Sidecar } from '../../src/model/sidecar.ts';
import { createSidecarScope } from '../../src/model/sidecar-scoping.ts';
import type { VirtualService } from '../../src/model/virtual-service.ts';
import { meshConfig, proxyClass } from './mesh.ts';
import { meta, service } from './model.ts';

export const ROUTE_CONFIGURATION = 'envoy.config.route.v3.RouteConfiguration';

/** The host of `echo`. */
export const E = 'echo.default.svc.cluster.local';

/** An HTTP port. */
export const http = (number: number): ServicePort => port(number, 'http');

/** A port of any protocol, named after it. */
export const port = (number: number, protocol: ServicePort['protocol']): ServicePort => ({
  name: protocol,
  number,
  protocol,
});

/** The service that the reference's examples are about. */
export const echo = service('default', 'echo', {
  addresses: ['10.96.0.10'],
  ports: [http(80), port(7070, 'grpc'), port(9000, 'tcp'), port(9100, 'auto')],
});

/** A service of another namespace. */
export const other = service('other', 'other', { addresses: ['10.96.0.11'] });

/** A host outside of the mesh, with HTTP on port 80. */
export const external = (hostname: string, rest: Partial<Service> = {}): Service =>
  service('default', hostname, {
    meta: meta('ServiceEntry', 'default', hostname),
    hostname,
    registry: 'external',
    resolution: 'dns',
    external: true,
    addresses: [],
    ...rest,
  });

/** A mesh, and a sidecar in it. */
export interface Given {
  readonly services: readonly Service[];
  readonly virtualServices?: readonly VirtualService[];
  readonly destinationRules?: readonly DestinationRule[];
  readonly sidecar?: Sidecar;
  readonly mesh?: Partial<MeshConfig>;
  readonly proxy?: Partial<ProxyClass>;
}

/** Everything that the sidecar is served. */
export function compile(given: Given, cache = new CompileCache()): CompiledRoutes {
  const proxy = proxyClass(given.proxy);
  const { namespace, labels } = proxy;
  const rules = new RuleIndex(given.destinationRules ?? [], 'istio-system');
  const { services, virtualServices = [] } = given;
  const input = { mesh: meshConfig(given.mesh), services, virtualServices, rules, namespace, labels };
  return compileSidecarRoutes(createSidecarScope(input, given.sidecar), proxy, cache);
}

/** One route configuration, as a message. */
export function routesOf(given: Given, name: string): RouteConfiguration {
  const resource = compile(given).resources.find((r) => r.name === name);
  if (resource === undefined) throw new Error(`no route configuration "${name}"`);
  return decodeMessage(ROUTE_CONFIGURATION, resource.bytes);
}

/** Virtual hosts with their domains, without the one for everything else. */
export function hostsOf(given: Given, name: string) {
  const hosts = routesOf(given, name).virtual_hosts ?? [];
  const own = hosts.filter((host) => host.name !== 'allow_any');
  return Object.fromEntries(own.map((host) => [host.name, host.domains]));
}

/** Virtual hosts with the names of their routes. */
export function routeNamesOf(given: Given, name: string) {
  const hosts = routesOf(given, name).virtual_hosts ?? [];
  return Object.fromEntries(hosts.map((host) => [host.name, host.routes?.map((route) => route.name)]));
}

/** The clusters that requests are sent to, in the order of the virtual hosts. */
export function clustersOf(given: Given, name: string) {
  const routes = (routesOf(given, name).virtual_hosts ?? []).flatMap((host) => host.routes ?? []);
  return routes.flatMap((route) => route.route?.cluster ?? []).filter((cluster) => cluster !== 'PassthroughCluster');
}
