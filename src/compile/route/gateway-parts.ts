import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { MergedServer } from '../../model/merged-gateway.ts';
import type { Labels } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
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
  readonly merged: MergedServer;
  readonly vs: VirtualService;
  /** The hosts that both have; empty when it has no part in the server. */
  readonly common: readonly string[];
  /** Absent when it serves nothing there. */
  readonly routes: EncodedRoutes | undefined;
  readonly notes: readonly CompileNote[];
}

/** What the destinations of some VirtualServices of one namespace lead to. */
type Destinations = Pick<OutboundScope, 'namespace' | 'serviceByHost' | 'findRuleByHost'>;

/** The same, of any VirtualServices, by their namespaces: one host may be another service for each. */
export type DestinationsByNamespace = ReadonlyMap<string, Destinations>;

/**
 * Looks up what the VirtualServices of one piece send to: the identical value as long as that is the same, whatever else changes in the scope.
 */
export function findDestinations(
  piece: readonly VirtualService[],
  outbound: OutboundScope,
  cache: CompileCache,
): DestinationsByNamespace {
  const answers = listWanted(piece).flatMap(({ host, namespace }) => [
    outbound.findServiceFor(host, namespace),
    outbound.findRuleByHost(host),
  ]);
  return cache.call(toDestinations, piece, outbound.namespace, ...answers);
}

function toDestinations(
  piece: readonly VirtualService[],
  namespace: string,
  ...answers: readonly (Service | EffectiveRule | undefined)[]
): DestinationsByNamespace {
  const services = new Map<string, Map<string, Service>>();
  const rules = new Map<string, EffectiveRule>();
  for (const [i, wanted] of listWanted(piece).entries()) {
    const [service, rule] = answers.slice(2 * i);
    const serviceByHost = services.get(wanted.namespace) ?? new Map<string, Service>();
    services.set(wanted.namespace, serviceByHost);
    if (service !== undefined && 'hostname' in service) serviceByHost.set(wanted.host, service);
    if (rule !== undefined && 'sources' in rule) rules.set(wanted.host, rule);
  }
  const findRuleByHost = (host: string) => rules.get(host);
  return new Map([...services].map(([of, serviceByHost]) => [of, { namespace, serviceByHost, findRuleByHost }]));
}

/** A host that rules of a namespace send to. */
interface Wanted {
  readonly host: string;
  readonly namespace: string;
}

const wantedBy = new WeakMap<readonly VirtualService[], readonly Wanted[]>();

function listWanted(piece: readonly VirtualService[]): readonly Wanted[] {
  const known = wantedBy.get(piece);
  if (known !== undefined) return known;
  const distinct = new Map<string, Wanted>();
  for (const vs of piece) {
    const { namespace } = vs.meta;
    for (const { host } of listHttpDestinations(vs)) distinct.set(`${namespace}/${host}`, { host, namespace });
  }
  const wanted = [...distinct.values()];
  wantedBy.set(piece, wanted);
  return wanted;
}

/** For rules that send nowhere. */
const NOWHERE: Destinations = { namespace: '', serviceByHost: new Map(), findRuleByHost: () => undefined };

/** Compiles what the VirtualServices of one piece of a Gateway's list are at one of its servers. */
export function compileParts(
  merged: MergedServer,
  piece: readonly VirtualService[],
  context: RouteContext,
  caller: Caller,
  byNamespace: DestinationsByNamespace,
  cache: CompileCache,
): readonly GatewayPart[] {
  return piece.map((vs) => {
    const destinations = byNamespace.get(vs.meta.namespace) ?? NOWHERE;
    if (listCommonHosts(merged, vs).length === 0) return cache.call(toPart, merged, vs, undefined, NO_NOTES);
    const targets = listHttpDestinations(vs).map((to) => findTarget(to, context, destinations, cache));
    const sources = selectMatches(vs, caller);
    const routes = cache.call(compileHttpRoutes, vs, context, sources, internList(cache, targets));
    if (routes.routes.length === 0) return cache.call(toPart, merged, vs, undefined, NO_NOTES);
    return cache.call(toPart, merged, vs, routes, listDestinationNotes(vs, sources, destinations));
  });
}

function toPart(
  merged: MergedServer,
  vs: VirtualService,
  routes: EncodedRoutes | undefined,
  notes: readonly CompileNote[],
): GatewayPart {
  return { merged, vs, common: listCommonHosts(merged, vs), routes, notes };
}

function listCommonHosts({ server }: MergedServer, vs: VirtualService): readonly string[] {
  return intersectHosts(listServerHosts(server.hosts, vs.meta.namespace), vs.hosts);
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
  { serviceByHost, findRuleByHost }: Destinations,
  cache: CompileCache,
): Target {
  const service = serviceByHost.get(destination.host);
  const [only, ...others] = service?.ports ?? [];
  const known = only !== undefined && others.length === 0 ? only.number : listenPort;
  const rule = findRuleByHost(destination.host);
  const hashing = rule && findDestinationHash(rule, destination) ? rule : undefined;
  return cache.call(toTarget, destination, service?.aliasOf ?? destination.host, destination.port ?? known, hashing);
}
