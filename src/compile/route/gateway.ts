import { patchSorted } from '../../kit/patch-sorted.ts';
import type { MergedServer } from '../../model/merged-gateway.ts';
import { compareText, type ObjectKey } from '../../model/object.ts';
import { createCutter } from '../../model/pieces.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { virtualHostName } from '../names.ts';
import type { CompiledResource } from '../resource.ts';
import { listGatewayNotes } from './gateway-notes.ts';
import { compileParts, findDestinations, type GatewayPart, makeCaller, toGatewayContext } from './gateway-parts.ts';
import { type GatewayHostPlan, HostTable } from './host-table.ts';
import type { EncodedRoute, EncodedRoutes } from './http-route.ts';
import { getRouteDefaults } from './route-defaults.ts';
import { spliceRouteConfiguration } from './route-configuration.ts';
import type { CompiledRoutes } from './sidecar.ts';
import { type EncodedVirtualHost, spliceVirtualHost } from './virtual-host.ts';

/**
 * Compiles the route configurations of the HTTP servers that a gateway workload exposes, sorted by name. What no virtual host has is answered
 * with 404: a gateway passes nothing through.
 * @see istio pilot/pkg/networking/core/gateway.go `buildGatewayHTTPRouteConfig`
 */
export function compileGatewayRoutes(scope: RouterScope, proxy: ProxyClass, cache: CompileCache): CompiledRoutes {
  const walk = { scope, proxy, cache };
  const pieces: (readonly GatewayPart[])[] = [];
  const resources = [...scope.gateway.serversByRoute].map(([name, servers]) => {
    const own = servers.flatMap((merged) => compilePieces(merged, walk));
    pieces.push(...own);
    return compileServers(name, servers, own, walk);
  });
  return { resources: resources.sort((a, b) => compareText(a.name, b.name)), notes: listGatewayNotes(pieces) };
}

/** All that a walk over the scope of a gateway has at hand. */
interface RouterWalk {
  readonly scope: RouterScope;
  readonly proxy: ProxyClass;
  readonly cache: CompileCache;
}

const listPieces = createCutter<VirtualService>();

/** The VirtualServices of a server, each with what it is there; compiled a piece at a time, as most of them are what they were. */
function compilePieces(merged: MergedServer, { scope, proxy, cache }: RouterWalk): readonly (readonly GatewayPart[])[] {
  const { server, gatewayName } = merged;
  const secure = server.tls !== undefined || server.httpsRedirect;
  const context = cache.call(toGatewayContext, server.port.number, secure, getRouteDefaults(scope.mesh, proxy, cache));
  const caller = cache.call(makeCaller, gatewayName, proxy.labels, proxy.namespace);
  return listPieces(scope.listVirtualServices(gatewayName)).map((piece) => {
    const destinations = cache.call(findDestinations, piece, scope.outbound, cache);
    return cache.call(compileParts, merged, piece, context, caller, destinations, cache);
  });
}

function compileServers(
  name: string,
  servers: readonly [MergedServer, ...MergedServer[]],
  pieces: readonly (readonly GatewayPart[])[],
  { proxy, cache }: RouterWalk,
): CompiledResource {
  const hosts = cache.call(createGatewayHosts, servers, proxy, name).update(pieces.flat(), cache);
  const all = hosts.length > 0 ? hosts : [cache.call(compileBlackHole, servers[0].server.port.number)];
  return spliceRouteConfiguration(name, all, cache);
}

/** The name is there to tell tables apart: each follows one route configuration of one class of proxies. */
function createGatewayHosts(servers: readonly MergedServer[], proxy: ProxyClass, _name: string): GatewayHosts {
  return new GatewayHosts(servers, proxy);
}

/** The virtual hosts of a route configuration, sorted by name; follows the parts that they are made of from change to change. */
class GatewayHosts {
  readonly #table: HostTable;
  readonly #proxy: ProxyClass;
  readonly #compiled = new Map<GatewayHostPlan, EncodedVirtualHost>();
  #sorted: readonly EncodedVirtualHost[] = [];

  constructor(servers: readonly MergedServer[], proxy: ProxyClass) {
    this.#table = new HostTable(servers);
    this.#proxy = proxy;
  }

  update(parts: readonly GatewayPart[], cache: CompileCache): readonly EncodedVirtualHost[] {
    const { gone, come } = this.#table.update(parts);
    const removed = new Set<EncodedVirtualHost>();
    for (const plan of gone) {
      const host = this.#compiled.get(plan);
      if (host !== undefined) removed.add(host);
      this.#compiled.delete(plan);
    }
    const added = come.map((plan) => {
      const host = compilePlan(plan, this.#proxy, cache);
      this.#compiled.set(plan, host);
      return host;
    });
    this.#sorted = patchSorted(this.#sorted, removed, added, (a, b) => compareText(a.name, b.name));
    return this.#sorted;
  }
}

function compilePlan(
  { hosts, port, requireTls, routes, gateways }: GatewayHostPlan,
  proxy: ProxyClass,
  cache: CompileCache,
): EncodedVirtualHost {
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
