import { compareSpecificity } from '../../model/host.ts';
import type { MergedServer } from '../../model/merged-gateway.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import { createCutter } from '../../model/pieces.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { withoutNamespace } from './gateway-hosts.ts';
import { compileParts, type GatewayPart, makeCaller, toGatewayContext } from './gateway-parts.ts';
import type { EncodedRoutes } from './http-route.ts';
import { getRouteDefaults } from './route-defaults.ts';
import type { RouteNotes } from './route-notes.ts';

/** All that a walk over the scope of a gateway has at hand. */
export interface RouterWalk {
  readonly scope: RouterScope;
  readonly proxy: ProxyClass;
  readonly cache: CompileCache;
  readonly notes: RouteNotes;
}

/** One virtual host of a gateway, or several that answer alike. */
export interface GatewayHostPlan {
  /** In lower case; the first gives the virtual host its name. */
  readonly hosts: readonly [string, ...string[]];
  /** The port that the server declares, whatever port the proxy listens on. */
  readonly port: number;
  /** Requests without TLS are sent to `https`. */
  readonly requireTls: boolean;
  /** Of every VirtualService that has the host, in the order in which they came. */
  readonly routes: readonly EncodedRoutes[];
  readonly gateways: readonly ObjectKey[];
}

interface OpenHost {
  readonly port: number;
  requireTls: boolean;
  readonly routes: EncodedRoutes[];
  /** Each once. */
  readonly gateways: ObjectKey[];
}

/**
 * Decides which virtual hosts a route configuration has: one per host that a server and a VirtualService bound to its Gateway have in common,
 * with the routes of all VirtualServices that have it; and one without routes per host that only redirects to `https`.
 * @see istio pilot/pkg/networking/core/gateway.go `buildGatewayHTTPRouteConfig`
 */
export function planServers(servers: readonly MergedServer[], walk: RouterWalk): readonly GatewayHostPlan[] {
  const hosts = new Map<string, OpenHost>();
  for (const merged of servers) {
    const opening = { hosts, merged, gateway: keyOf(merged.gateway.meta) };
    for (const part of listParts(merged, walk)) addRoutes(opening, part, walk);
    if (merged.server.httpsRedirect) addRedirects(opening);
  }
  return joinAlike(hosts);
}

const listPieces = createCutter<VirtualService>();

/** The VirtualServices of a server, each with what it is there; compiled a piece at a time, as most of them are what they were. */
function* listParts(merged: MergedServer, { scope, proxy, cache }: RouterWalk): Generator<GatewayPart> {
  const { server, gatewayName } = merged;
  const secure = server.tls !== undefined || server.httpsRedirect;
  const context = cache.call(toGatewayContext, server.port.number, secure, getRouteDefaults(scope.mesh, proxy, cache));
  const caller = cache.call(makeCaller, gatewayName, proxy.labels, proxy.namespace);
  for (const piece of listPieces(scope.listVirtualServices(gatewayName))) {
    yield* cache.call(compileParts, merged, piece, context, caller, scope.outbound, cache);
  }
}

/** A server whose hosts are being gathered. */
interface Opening {
  readonly hosts: Map<string, OpenHost>;
  readonly merged: MergedServer;
  readonly gateway: ObjectKey;
}

function addRoutes(opening: Opening, { vs, common, routes, notes }: GatewayPart, walk: RouterWalk): void {
  const { merged } = opening;
  walk.notes.addGatewayRule(vs, merged.gatewayName, common.length > 0);
  if (routes === undefined) return;
  walk.notes.addFound(vs, notes);
  for (const name of common) {
    const host = openHost(opening, name);
    host.routes.push(routes);
    if (merged.server.httpsRedirect) host.requireTls = true;
  }
}

function addRedirects(opening: Opening): void {
  // Istio leaves the namespace in front of the host, which makes a domain that no request has.
  for (const name of opening.merged.server.hosts) openHost(opening, withoutNamespace(name)).requireTls = true;
}

function openHost({ hosts, merged, gateway }: Opening, name: string): OpenHost {
  const key = name.toLowerCase();
  const known = hosts.get(key);
  if (known !== undefined) {
    if (!known.gateways.includes(gateway)) known.gateways.push(gateway);
    return known;
  }
  const host = { port: merged.server.port.number, requireTls: false, routes: [], gateways: [gateway] };
  hosts.set(key, host);
  return host;
}

/**
 * Puts hosts with the identical routes into one virtual host, named after the most specific: a VirtualService for a hundred hosts is sent once.
 * @see istio pilot/pkg/networking/core/gateway.go `collapseDuplicateRoutes`
 */
function joinAlike(hosts: ReadonlyMap<string, OpenHost>): readonly GatewayHostPlan[] {
  // By the first routes, so that each host is compared with few.
  const alike = new Map<EncodedRoutes | undefined, OpenPlan[]>();
  for (const [name, host] of [...hosts].sort(([a], [b]) => compareSpecificity(a, b))) {
    const candidates = alike.get(host.routes[0]) ?? [];
    alike.set(host.routes[0], candidates);
    const plan = candidates.find(({ first }) => isAlike(first, host));
    if (plan === undefined) candidates.push({ first: host, names: [name], gateways: new Set(host.gateways) });
    else {
      plan.names.push(name);
      for (const gateway of host.gateways) plan.gateways.add(gateway);
    }
  }
  return [...alike.values()].flat().map(toPlan);
}

interface OpenPlan {
  readonly first: OpenHost;
  readonly names: [string, ...string[]];
  readonly gateways: Set<ObjectKey>;
}

function toPlan({ first: { port, requireTls, routes }, names, gateways }: OpenPlan): GatewayHostPlan {
  return { hosts: names, port, requireTls, routes, gateways: [...gateways] };
}

function isAlike(a: OpenHost, b: OpenHost): boolean {
  if (a.requireTls !== b.requireTls || a.routes.length !== b.routes.length) return false;
  return a.routes.every((routes, i) => routes === b.routes[i]);
}
