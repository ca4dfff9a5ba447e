import { compareText } from '../../model/object.ts';
import { createInterner } from '../../model/pieces.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { Service } from '../../model/service.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import { MESH_GATEWAY } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { HTTP_PROXY_ROUTE } from '../names.ts';
import type { CompileNote } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { compileCatchAll, toCatchAllTerms } from './catch-all.ts';
import { toClients } from './client.ts';
import { type EgressRoute, listEgressRoutes, toListenerPlaces } from './egress-route.ts';
import { compileAllPortsConfiguration } from './route-configuration.ts';
import { RouteNotes } from './route-notes.ts';
import type { SidecarWalk } from './rule-routes.ts';
import { SidecarView } from './sidecar-view.ts';
import type { EncodedVirtualHost } from './virtual-host.ts';

/** Route configurations, and what their making brought to light. */
export interface CompiledRoutes {
  readonly resources: readonly CompiledResource[];
  readonly notes: readonly CompileNote[];
}

/**
 * Compiles every route configuration that the sidecars of a scope can ask for, sorted by name.
 *
 * A walk over the scope decides who gets which names; the routes, virtual hosts and configurations themselves come from `cache`, so that a
 * changed VirtualService costs its own virtual hosts and one copy of the configurations they are in.
 * @see istio pilot/pkg/networking/core/httproute.go `BuildHTTPRoutes`
 */
export function compileSidecarRoutes(scope: SidecarScope, proxy: ProxyClass, cache: CompileCache): CompiledRoutes {
  const walk = toWalk(scope, proxy, cache);
  const resources = new Map<string, CompiledResource>();
  const places = toListenerPlaces(proxy, cache);
  const proxyPort = proxy.settings.httpProxyPort ?? scope.mesh.proxyHttpPort;
  const declared = new Map<number, SidecarView>();
  for (const { listener, virtualServices, services } of scope.egress) {
    const seen = internServices(services);
    const view = new SidecarView(virtualServices, seen, walk);
    if (listener.port && !declared.has(listener.port.number)) declared.set(listener.port.number, view);
    const routes = cache.call(listEgressRoutes, listener, seen, places, cache);
    const hasProxy = listener.port === undefined && proxyPort > 0;
    for (const route of hasProxy ? [...routes, PROXY_ROUTE] : routes) {
      if (resources.has(route.name)) continue;
      // A port that an egress listener declares is seen through it alone, also where the listener for all other ports names it.
      const owner = route.kind === 'port' ? declared.get(route.port) : undefined;
      resources.set(route.name, (owner ?? view).compile(route));
    }
  }
  // The proxy's listener is there whether or not some egress listener takes what has no port of its own.
  if (proxyPort > 0 && !resources.has(HTTP_PROXY_ROUTE)) {
    const nothing = internList<EncodedVirtualHost>(cache, []);
    resources.set(HTTP_PROXY_ROUTE, cache.call(compileAllPortsConfiguration, HTTP_PROXY_ROUTE, nothing, walk.catchAll));
  }
  return { resources: [...resources.values()].sort((a, b) => compareText(a.name, b.name)), notes: walk.notes.list() };
}

const internServices = createInterner<Service>();

const PROXY_ROUTE: EgressRoute = { kind: 'all-ports', name: HTTP_PROXY_ROUTE };

function toWalk(scope: SidecarScope, proxy: ProxyClass, cache: CompileCache): SidecarWalk {
  return {
    scope,
    proxy,
    cache,
    caller: { gateway: MESH_GATEWAY, labels: proxy.labels, namespace: proxy.namespace },
    clients: toClients(proxy, scope.mesh, cache),
    notes: new RouteNotes(scope),
    catchAll: cache.call(compileCatchAll, ...toCatchAllTerms(scope, proxy)),
  };
}
