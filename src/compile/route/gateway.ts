import type { MergedServer } from '../../model/merged-gateway.ts';
import { compareText, type ObjectKey } from '../../model/object.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { virtualHostName } from '../names.ts';
import type { CompiledResource } from '../resource.ts';
import { type GatewayHostPlan, planServers, type RouterWalk } from './gateway-plan.ts';
import type { EncodedRoute, EncodedRoutes } from './http-route.ts';
import { compileRouteConfiguration } from './route-configuration.ts';
import { RouteNotes } from './route-notes.ts';
import type { CompiledRoutes } from './sidecar.ts';
import { type EncodedVirtualHost, spliceVirtualHost } from './virtual-host.ts';

/**
 * Compiles the route configurations of the HTTP servers that a gateway workload exposes, sorted by name. What no virtual host has is answered
 * with 404: a gateway passes nothing through.
 * @see istio pilot/pkg/networking/core/gateway.go `buildGatewayHTTPRouteConfig`
 */
export function compileGatewayRoutes(scope: RouterScope, proxy: ProxyClass, cache: CompileCache): CompiledRoutes {
  const notes = new RouteNotes(scope);
  const walk = { scope, proxy, cache, notes };
  const resources = [...scope.gateway.serversByRoute].map(([name, servers]) => compileServers(name, servers, walk));
  return { resources: resources.sort((a, b) => compareText(a.name, b.name)), notes: notes.list() };
}

function compileServers(
  name: string,
  servers: readonly [MergedServer, ...MergedServer[]],
  walk: RouterWalk,
): CompiledResource {
  const { cache } = walk;
  const plans = planServers(servers, walk);
  const hosts = plans.map((plan) => compilePlan(plan, walk)).sort((a, b) => compareText(a.name, b.name));
  const all = hosts.length > 0 ? hosts : [cache.call(compileBlackHole, servers[0].server.port.number)];
  return cache.call(compileRouteConfiguration, name, internList(cache, all));
}

function compilePlan(
  { hosts, port, requireTls, routes, gateways }: GatewayHostPlan,
  walk: RouterWalk,
): EncodedVirtualHost {
  const { cache, proxy } = walk;
  const attemptCount = !proxy.proxyConfig.proxyHeaders.attemptCountDisabled;
  const [list, ...otherLists] = routes;
  const [gateway, ...otherGateways] = gateways;
  // Nearly all hosts are alone, and have one list of routes for one Gateway.
  if (hosts.length === 1 && otherLists.length === 0 && otherGateways.length === 0 && list && gateway) {
    return compileOneHost(list, { host: hosts[0], port, requireTls, attemptCount, gateway });
  }
  const head = cache.call(toHead, internList(cache, hosts), port, requireTls, attemptCount);
  return cache.call(compileGatewayHost, head, internList(cache, routes), internList(cache, gateways));
}

interface OneHost {
  readonly host: string;
  readonly port: number;
  readonly requireTls: boolean;
  readonly attemptCount: boolean;
  readonly gateway: ObjectKey;
}

/** Hosts by their routes, of which one has few: a walk over thousands of them then costs one look-up each. */
const oneHosts = new WeakMap<EncodedRoutes, readonly (readonly [OneHost, EncodedVirtualHost])[]>();
const MAX_HOSTS = 8;

function compileOneHost(list: EncodedRoutes, one: OneHost): EncodedVirtualHost {
  const known = oneHosts.get(list) ?? [];
  const found = known.find(([other]) => isSameHost(other, one));
  if (found !== undefined) return found[1];
  const { host, port, requireTls, attemptCount, gateway } = one;
  const compiled = compileGatewayHost(toHead([host], port, requireTls, attemptCount), [list], [gateway]);
  oneHosts.set(list, [[one, compiled] as const, ...known].slice(0, MAX_HOSTS));
  return compiled;
}

function isSameHost(a: OneHost, b: OneHost): boolean {
  const isSameHead = a.host === b.host && a.port === b.port && a.requireTls === b.requireTls;
  return isSameHead && a.attemptCount === b.attemptCount && a.gateway === b.gateway;
}

interface GatewayHead {
  readonly name: string;
  readonly domains: readonly string[];
  readonly requireTls: boolean;
  readonly attemptCount: boolean;
}

function toHead(hosts: readonly string[], port: number, requireTls: boolean, attemptCount: boolean): GatewayHead {
  return { name: virtualHostName(hosts[0] ?? '*', port), domains: hosts, requireTls, attemptCount };
}

// Routes that take everything go last, so that one VirtualService of a host does not hide the others.
function compileGatewayHost(
  head: GatewayHead,
  lists: readonly EncodedRoutes[],
  gateways: readonly ObjectKey[],
): EncodedVirtualHost {
  const routes: readonly EncodedRoute[] = lists.flatMap((list) => list.routes);
  const ordered = [...routes.filter((route) => !route.isCatchAll), ...routes.filter((route) => route.isCatchAll)];
  return spliceVirtualHost(head, ordered, [...lists.flatMap((list) => list.origins), ...gateways]);
}

/** Says "no such host" to everybody, where Envoy would refuse a listener without any virtual host. */
function compileBlackHole(port: number): EncodedVirtualHost {
  return spliceVirtualHost({ name: virtualHostName('blackhole', port), domains: ['*'], attemptCount: false }, [], []);
}
