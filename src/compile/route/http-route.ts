import { encodeMessage } from '../../gen/codec.ts';
import type {
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_RouteMatch as RouteMatch,
  google_protobuf_Any,
} from '../../gen/messages.ts';
import type { ObjectKey } from '../../model/object.ts';
import { keyOf } from '../../model/object.ts';
import type { Destination, HttpMatch, HttpRoute, VirtualService } from '../../model/virtual-service.ts';
import { configPath } from '../names.ts';
import { structOf } from '../struct.ts';
import { compileRouteAction, type RouteContext, type RoutedRule } from './action.ts';
import { CORS_FILTER, compileCors } from './cors.ts';
import { compileFault, FAULT_FILTER } from './fault.ts';
import { frame } from './frame.ts';
import { compileHeaderFields } from './headers.ts';
import { compileRouteMatch, isCatchAll, MATCH_ALL } from './match.ts';
import { compileDirectResponse, compileRedirect } from './redirect.ts';
import { listHttpDestinations, type Target } from './target.ts';

/** Number of `routes` in Envoy's VirtualHost. */
const ROUTES_FIELD = 3;

/** One route as it goes into virtual hosts. */
export interface EncodedRoute {
  /** With its tag and length, as a field of a virtual host. */
  readonly frame: Buffer;
  readonly isCatchAll: boolean;
}

/** Routes that were compiled together, and the objects that shaped them. */
export interface EncodedRoutes {
  readonly routes: readonly EncodedRoute[];
  readonly origins: readonly ObjectKey[];
}

/**
 * Compiles the HTTP rules of a VirtualService, in order: one route per rule and match, up to the first one that takes everything.
 *
 * `sources` has a `0` for each match that does not apply to the caller, in the order of rules and matches, a rule without matches counting as
 * one; empty when all apply (`selectMatches`). `targets` are those of `listHttpDestinations(vs)`.
 * @see istio pilot/pkg/networking/core/route/route.go `BuildHTTPRoutesForVirtualService`
 */
export function compileHttpRoutes(
  vs: VirtualService,
  context: RouteContext,
  sources: string,
  targets: readonly Target[],
): EncodedRoutes {
  const routes = listRoutes(vs, context, sources, targets).map(encodeRoute);
  const owners = [keyOf(vs.meta), ...(vs.delegates ?? [])];
  return { routes, origins: [...new Set([...owners, ...targets.flatMap(({ origins }) => origins)])] };
}

/** The routes of `compileHttpRoutes`, before they are encoded. */
export function listRoutes(
  vs: VirtualService,
  context: RouteContext,
  sources: string,
  targets: readonly Target[],
): readonly Route[] {
  const targetOf = indexTargets(vs, targets);
  const routes: Route[] = [];
  let position = 0;
  for (const rule of vs.http) {
    const routed = { semantics: vs.semantics, rule, context, targetOf };
    for (const match of matchesOf(rule)) {
      const applies = sources[position++] !== '0' && isOnPort(match, context.listenPort);
      const route = applies ? compileRoute(vs, routed, match) : undefined;
      if (route === undefined) continue;
      routes.push(route);
      if (isCatchAll(route.match ?? MATCH_ALL)) return routes;
    }
  }
  return routes;
}

/** The matches of a rule; one that is `undefined` for a rule without any. */
export function matchesOf(rule: HttpRoute): readonly (HttpMatch | undefined)[] {
  return rule.matches.length === 0 ? [undefined] : rule.matches;
}

/** Puts a route into the form in which virtual hosts take it. */
export function encodeRoute(route: Route): EncodedRoute {
  const bytes = encodeMessage('envoy.config.route.v3.Route', route);
  return { frame: frame(ROUTES_FIELD, bytes), isCatchAll: isCatchAll(route.match ?? MATCH_ALL) };
}

function isOnPort(match: HttpMatch | undefined, listenPort: number): boolean {
  return match?.port === undefined || match.port === listenPort;
}

function indexTargets(vs: VirtualService, targets: readonly Target[]): (destination: Destination) => Target {
  const index = new Map(listHttpDestinations(vs).map((destination, i) => [destination, targets[i]]));
  return (destination) => {
    const target = index.get(destination);
    if (target === undefined) throw new TypeError(`no target for ${destination.host} of ${keyOf(vs.meta)}`);
    return target;
  };
}

function compileRoute(vs: VirtualService, routed: RoutedRule, request: HttpMatch | undefined): Route | undefined {
  const { rule } = routed;
  const match = request === undefined ? MATCH_ALL : compileRouteMatch(request, vs.semantics);
  const action = compileAction(routed, match);
  if (action === undefined) return undefined;
  const name = [rule.name ?? '', ...(request?.name ? [request.name] : [])].join('.');
  const filters = compileFilterSettings(rule);
  return {
    ...(name !== '' && { name }),
    match,
    ...action,
    ...compileHeaderFields(rule.headers, findOnlyDestination(rule)?.headers),
    ...(filters && { typed_per_filter_config: filters }),
    ...(request?.statPrefix && { stat_prefix: request.statPrefix }),
    metadata: {
      filter_metadata: { istio: structOf({ config: configPath('virtual-service', vs.meta.namespace, vs.meta.name) }) },
    },
    decorator: {
      operation: `${findLabel(routed) ?? `${vs.meta.name}:${routed.context.listenPort}`}${describePath(match)}`,
    },
  };
}

function compileAction(
  routed: RoutedRule,
  match: RouteMatch,
): Pick<Route, 'route' | 'redirect' | 'direct_response'> | undefined {
  const { action } = routed.rule;
  switch (action.kind) {
    case 'redirect':
      return { redirect: compileRedirect(action.redirect, routed.context) };
    case 'direct-response':
      return { direct_response: compileDirectResponse(action.response) };
    case 'route':
      return { route: compileRouteAction(routed, action.destinations, match) };
    case 'delegate':
    case 'none':
      return undefined;
  }
}

function findOnlyDestination({ action }: HttpRoute) {
  return action.kind === 'route' && action.destinations.length === 1 ? action.destinations[0] : undefined;
}

/** Traces name the destination where there is exactly one, else the VirtualService. */
function findLabel({ rule, targetOf }: RoutedRule): string | undefined {
  const only = findOnlyDestination(rule);
  return only && targetOf(only.destination).label;
}

function describePath(match: RouteMatch): string {
  if (match.prefix !== undefined) return `${match.prefix}*`;
  return match.path ?? match.safe_regex?.regex ?? '/*';
}

function compileFilterSettings(rule: HttpRoute): Readonly<Record<string, google_protobuf_Any>> | undefined {
  const fault = rule.fault && compileFault(rule.fault);
  if (rule.cors === undefined && fault === undefined) return undefined;
  return { ...(rule.cors && { [CORS_FILTER]: compileCors(rule.cors) }), ...(fault && { [FAULT_FILTER]: fault }) };
}
