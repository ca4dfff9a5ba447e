import type { EffectiveRule } from '../../model/effective-rule.ts';
import { type Endpoint, NO_ENDPOINTS } from '../../model/endpoint.ts';
import { keyOf } from '../../model/object.ts';
import { createPieceReader } from '../../model/pieces.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { Service } from '../../model/service.ts';
import { listPieceEndpoints } from '../../model/service-pieces.ts';
import type { EgressListener } from '../../model/sidecar.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';
import { type CompileNote, listDistinctNotes } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { compileHttpProxyListener } from './http-proxy.ts';
import { listServicePieces, type ServicePiece } from '../service-rules.ts';
import { type Candidate, type CandidateSink, OutboundEntries } from './outbound-entry.ts';
import { type GatherInput, OutboundGather } from './outbound-gather.ts';
import { OutboundListeners } from './outbound-listeners.ts';
import type { Fallthrough } from './outbound-policy.ts';
import { type Claims, OutboundTable, toClaims } from './outbound-table.ts';
import type { CompiledListener } from './port-listener.ts';
import { getListenerSettings, type ListenerSettings } from './settings.ts';
import { compileVirtualOutbound } from './virtual-outbound.ts';

/**
 * Compiles the outbound listeners of the sidecars that share a scope: one for each port that something is served on, one that serves as HTTP
 * proxy where the mesh asks for it, and the one that captured connections reach.
 *
 * @param ownAddress the proxy's first address. Only listeners of single endpoints look at it, so where a scope has no headless service any
 *   value gives the same result.
 */
export function compileSidecarOutboundListeners(
  scope: SidecarScope,
  proxy: ProxyClass,
  endpoints: EndpointIndex,
  ownAddress: string,
  cache: CompileCache,
): { readonly resources: readonly CompiledResource[]; readonly notes: readonly CompileNote[] } {
  const settings = getListenerSettings(scope.mesh, proxy, cache);
  if (settings.outboundPort === 0) return { resources: [], notes: [] };
  const input = { settings, endpoints, ownAddress, cache };
  const listeners = new OutboundListeners(scope, proxy, settings, cache);
  const { compiled, notes } = compileByPiece(scope, proxy, input, listeners) ?? compileAll(scope, input, listeners);
  const resources = compiled.map(({ resource }) => resource);
  const others: CompiledResource[] = [];
  if (settings.httpProxyPort > 0) others.push(cache.call(compileHttpProxyListener, settings));
  if (settings.interception !== 'NONE') {
    others.push(cache.call(compileVirtualOutbound, settings, listeners.fallthrough));
  }
  return { resources: [...resources, ...listFree(others, resources)], notes: listDistinctNotes(notes) };
}

interface PortListeners {
  readonly compiled: readonly CompiledListener[];
  readonly notes: readonly CompileNote[];
}

function compileAll(scope: SidecarScope, input: GatherInput, listeners: OutboundListeners): PortListeners {
  const entries = new OutboundEntries();
  const gather = new OutboundGather(input, entries);
  gather.walk(scope);
  const compiled = entries.list().map((entry) => listeners.compile(entry));
  return { compiled, notes: [...gather.notes, ...listeners.notes, ...compiled.flatMap((listener) => listener.notes)] };
}

/**
 * The same for what most scopes are: one egress listener for all ports, and no VirtualService that routes TCP or TLS, whose destinations may be
 * anywhere. There the services are looked at in pieces, and listeners only where a piece changed. `undefined` for other scopes.
 */
function compileByPiece(
  scope: SidecarScope,
  proxy: ProxyClass,
  { settings, endpoints, ownAddress, cache }: GatherInput,
  listeners: OutboundListeners,
): PortListeners | undefined {
  const [{ listener, virtualServices, services }, ...others] = scope.egress;
  const isPlain = listener.port === undefined && others.length === 0 && services === scope.services;
  if (!isPlain || readL4Rules(virtualServices).some((has) => has)) return undefined;
  const claims = listServicePieces(scope).map((piece) => {
    const lists = listPieceEndpoints(piece.services, endpoints);
    return cache.call(gatherPiece, piece, lists, listener, settings, ownAddress, cache);
  });
  if (claims.some(({ hasSeveralBinds }) => hasSeveralBinds)) return undefined;
  const owner = scope.sidecar === undefined ? '' : keyOf(scope.sidecar.meta);
  const { fallthrough } = listeners;
  const table = cache.call(createTable, proxy, settings, ownAddress, owner, fallthrough);
  table.update(claims, listeners);
  return { compiled: table.listeners(), notes: table.notes() };
}

const readL4Rules = createPieceReader((piece: readonly VirtualService[]) =>
  piece.some((vs) => vs.tls.length + vs.tcp.length > 0),
);

function gatherPiece(
  { services, rules }: ServicePiece,
  lists: readonly (readonly Endpoint[])[],
  listener: EgressListener,
  settings: ListenerSettings,
  ownAddress: string,
  cache: CompileCache,
): Claims {
  const candidates = services.flatMap((service, i) =>
    cache.call(gatherService, service, rules[i], lists[i] ?? NO_ENDPOINTS, listener, settings, ownAddress, cache),
  );
  return toClaims(candidates);
}

/** The rule is no part of what is claimed, but of what is compiled for whoever claims it: with another one, the claims are other ones. */
function gatherService(
  service: Service,
  _rule: EffectiveRule | undefined,
  endpoints: readonly Endpoint[],
  listener: EgressListener,
  settings: ListenerSettings,
  ownAddress: string,
  cache: CompileCache,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  const sink: CandidateSink = {
    add(candidate) {
      candidates.push(candidate);
      return 'served';
    },
    lock() {},
  };
  const gather = new OutboundGather({ settings, endpoints: { of: () => endpoints }, ownAddress, cache }, sink);
  gather.walk({ egress: [{ listener, services: [service], virtualServices: [] }] });
  return candidates;
}

/** The arguments say whose table it is, and what its rows depend on besides the claims. */
function createTable(
  _proxy: ProxyClass,
  _settings: ListenerSettings,
  _ownAddress: string,
  _sidecar: string,
  _fallthrough: Fallthrough,
): OutboundTable {
  return new OutboundTable();
}

/** A user may declare the very address of the HTTP proxy: Envoy knows a listener by its name and takes one of each. */
function listFree(
  resources: readonly CompiledResource[],
  taken: readonly CompiledResource[],
): readonly CompiledResource[] {
  return resources.filter(({ name }) => !taken.some((other) => other.name === name));
}
