import type { ProxyClass } from '../../model/proxy-class.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { Destination, VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import type { RouteContext } from './action.ts';
import type { Clients } from './client.ts';
import { findDestinationHash } from './hash-policy.ts';
import { compileHttpRoutes, type EncodedRoutes } from './http-route.ts';
import type { PortRule } from './port-rules.ts';
import { getRouteDefaults, type RouteDefaults } from './route-defaults.ts';
import type { RouteNotes } from './route-notes.ts';
import type { PortEntries, ServiceIndex } from './service-index.ts';
import { type Caller, selectMatches } from './source-match.ts';
import { listHttpDestinations, type Target, toTarget } from './target.ts';
import type { EncodedVirtualHost } from './virtual-host.ts';

/** All that a walk over the scope of a sidecar has at hand. */
export interface SidecarWalk {
  readonly scope: SidecarScope;
  readonly proxy: ProxyClass;
  readonly cache: CompileCache;
  readonly caller: Caller;
  readonly clients: Clients;
  readonly notes: RouteNotes;
  /** Behind all other virtual hosts of every listener that is not one service's. */
  readonly catchAll: EncodedVirtualHost;
}

/** Which port listens: the one of the virtual hosts, or one that serves all ports. */
export type ListenerKind = 'one-port' | 'all-ports';

/** A port, in its surroundings. */
export interface PortWalk extends SidecarWalk {
  readonly kind: ListenerKind;
  readonly entries: PortEntries;
  readonly index: ServiceIndex;
}

/** A VirtualService with its routes for one port. */
export interface RoutedRule extends PortRule {
  readonly routes: EncodedRoutes;
}

/** The VirtualServices that have routes for a port and this caller. The services of others keep their default routes. */
export function routeRules(rules: readonly PortRule[], walk: PortWalk): readonly RoutedRule[] {
  const { cache, scope, proxy, kind, entries } = walk;
  const listenPort = kind === 'one-port' ? entries.port : 0;
  const context = cache.call(toSidecarContext, listenPort, getRouteDefaults(scope.mesh, proxy, cache));
  const routed: RoutedRule[] = [];
  for (const rule of rules) {
    const routes = isMeant(rule, proxy.namespace) ? compileRule(rule, context, walk) : undefined;
    if (routes && routes.routes.length > 0) routed.push({ ...rule, routes });
  }
  return routed;
}

/** Routes of the Gateway API reach clients of their own namespace, or services of it. */
function isMeant({ vs, services }: PortRule, clientNamespace: string): boolean {
  if (vs.semantics !== 'gateway') return true;
  const { namespace } = vs.meta;
  return services.some((service) => service.namespace === namespace || clientNamespace === namespace);
}

function compileRule({ vs }: PortRule, context: RouteContext, walk: PortWalk): EncodedRoutes {
  const { cache, caller, kind } = walk;
  const destinations = listHttpDestinations(vs);
  const sources = selectMatches(vs, caller);
  if (kind === 'one-port' && destinations.every((destination) => isPlain(destination, walk))) {
    return cache.call(compilePlainRoutes, vs, context, sources);
  }
  const targets = destinations.map((destination) => findTarget(destination, walk));
  return cache.call(compileHttpRoutes, vs, context, sources, internList(cache, targets));
}

/** Whether neither services nor rules change where a destination leads: then its VirtualService and the port say it all. */
function isPlain(destination: Destination, { entries, scope }: PortWalk): boolean {
  if (entries.byHost.get(destination.host)?.service.aliasOf !== undefined) return false;
  const rule = scope.findRuleByHost(destination.host);
  return rule === undefined || findDestinationHash(rule, destination) === undefined;
}

function compilePlainRoutes(vs: VirtualService, context: RouteContext, sources: string): EncodedRoutes {
  const targets = listHttpDestinations(vs).map((destination) =>
    toTarget(destination, destination.host, destination.port ?? context.listenPort, undefined),
  );
  return compileHttpRoutes(vs, context, sources, targets);
}

function findTarget(destination: Destination, walk: PortWalk): Target {
  const { host, port } = resolve(destination, walk);
  const rule = walk.scope.findRuleByHost(destination.host);
  const hashing = rule && findDestinationHash(rule, destination) ? rule : undefined;
  return walk.cache.call(toTarget, destination, host, port, hashing);
}

/**
 * A sidecar knows a destination only as far as it has the listener's port, so the port that is not named is the listener's. A listener of all
 * ports sees all ports: the only one, else the port of the virtual host, where Istio would name the cluster of port 0.
 */
function resolve({ host, port }: Destination, walk: PortWalk): { readonly host: string; readonly port: number } {
  const { entries, index } = walk;
  if (walk.kind === 'one-port') {
    return { host: entries.byHost.get(host)?.service.aliasOf ?? host, port: port ?? entries.port };
  }
  const service = index.byHost.get(host);
  const [only, ...others] = service?.ports ?? [];
  const known = only !== undefined && others.length === 0 ? only.number : entries.port;
  return { host: service?.aliasOf ?? host, port: port ?? known };
}

function toSidecarContext(listenPort: number, defaults: RouteDefaults): RouteContext {
  return { listenPort, tls: false, ...defaults };
}
