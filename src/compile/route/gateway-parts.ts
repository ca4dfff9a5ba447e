import type { MergedServer } from '../../model/merged-gateway.ts';
import type { Labels } from '../../model/object.ts';
import type { OutboundScope } from '../../model/sidecar-scope.ts';
import type { Destination, VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { type CompileNote, NO_NOTES } from '../note.ts';
import type { RouteContext } from './action.ts';
import { intersectHosts, listServerHosts } from './gateway-hosts.ts';
import { findDestinationHash } from './hash-policy.ts';
import { compileHttpRoutes, type EncodedRoutes } from './http-route.ts';
import type { RouteDefaults } from './route-defaults.ts';
import { listDestinationNotes } from './route-notes.ts';
import { type Caller, selectMatches } from './source-match.ts';
import { listHttpDestinations, type Target, toTarget } from './target.ts';

/** What one VirtualService is at one server of a Gateway. */
export interface GatewayPart {
  readonly vs: VirtualService;
  /** The hosts that both have; empty when it has no part in the server. */
  readonly common: readonly string[];
  /** Absent when it serves nothing there. */
  readonly routes?: EncodedRoutes;
  readonly notes: readonly CompileNote[];
}

/**
 * Compiles what the VirtualServices of one piece of a Gateway's list are at one of its servers.
 * @param outbound the services and rules that destinations are looked up in.
 */
export function compileParts(
  merged: MergedServer,
  piece: readonly VirtualService[],
  context: RouteContext,
  caller: Caller,
  outbound: OutboundScope,
  cache: CompileCache,
): readonly GatewayPart[] {
  return piece.map((vs) => {
    const common = intersectHosts(listServerHosts(merged.server.hosts, vs.meta.namespace), vs.hosts);
    if (common.length === 0) return { vs, common, notes: NO_NOTES };
    const targets = listHttpDestinations(vs).map((destination) => findTarget(destination, context, outbound, cache));
    const routes = cache.call(compileHttpRoutes, vs, context, selectMatches(vs, caller), internList(cache, targets));
    if (routes.routes.length === 0) return { vs, common, notes: NO_NOTES };
    return { vs, common, routes, notes: listDestinationNotes(vs, outbound) };
  });
}

/** Who asks at a Gateway. */
export function makeCaller(gateway: string, labels: Labels, namespace: string): Caller {
  return { gateway, labels, namespace };
}

/** What surrounds the routes of a server. */
export function toGatewayContext(listenPort: number, tls: boolean, defaults: RouteDefaults): RouteContext {
  return { listenPort, tls, ...defaults };
}

/** A gateway knows whole services: a port that is not named is the service's only one, else the server's. */
function findTarget(
  destination: Destination,
  { listenPort }: RouteContext,
  outbound: OutboundScope,
  cache: CompileCache,
): Target {
  const service = outbound.serviceByHost.get(destination.host);
  const [only, ...others] = service?.ports ?? [];
  const known = only !== undefined && others.length === 0 ? only.number : listenPort;
  const rule = outbound.findRuleByHost(destination.host);
  const hashing = rule && findDestinationHash(rule, destination) ? rule : undefined;
  return cache.call(toTarget, destination, service?.aliasOf ?? destination.host, destination.port ?? known, hashing);
}
