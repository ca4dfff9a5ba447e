import type { EffectiveRule } from '../../model/effective-rule.ts';
import { type Endpoint, NO_ENDPOINTS } from '../../model/endpoint.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import { isPlaintext, type PlaintextNamespaces } from '../../model/peer-policy.ts';
import type { Service } from '../../model/service.ts';
import { listPieceEndpoints } from '../../model/service-pieces.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import type { OutboundScope, SidecarScope } from '../../model/sidecar-scope.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { CompileCache } from '../cache.ts';
import { findPerspective } from '../endpoint/perspective.ts';
import { findPerspectiveNeeds } from '../endpoint/perspective-needs.ts';
import type { Placement } from '../endpoint/placement.ts';
import { getEndpointSettings } from '../endpoint/settings.ts';
import { type CompileNote, listDistinctNotes } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { listServicePieces, type ServicePiece } from '../service-rules.ts';
import { ALL_PORTS, listIdentities, listMtlsPorts } from './accounts.ts';
import { listMergeNotes } from './merge-notes.ts';
import {
  type CompiledClusters,
  compileDnsClusters,
  compileServiceClusters,
  isAutoMtls,
  isBlind,
} from './service-clusters.ts';
import { type ClusterSettings, getClusterSettings, withoutAutoMtls } from './settings.ts';
import { compileAllowAnyDynamicDns, compileBlackHole, compilePassthrough } from './special.ts';

/**
 * Compiles the clusters of a sidecar's outbound side: for every service port of the scope its cluster and those of its subsets, then the ones
 * for traffic that has no service.
 * @param placement what `findPlacement` made of the proxy's whereabouts; it only matters to services that are resolved by DNS.
 * @param endpoints looked at for what all endpoints of a service have in common (identities), and as a whole only where clusters carry them.
 */
export function compileOutboundClusters(
  scope: SidecarScope,
  proxy: ProxyClass,
  placement: Placement,
  endpoints: EndpointIndex,
  cache: CompileCache,
): CompiledClusters {
  const settings = getClusterSettings(scope.mesh, proxy, cache);
  const services = listServiceClusters({ scope, proxy, placement, endpoints, cache });
  const resources = [
    ...services.resources,
    cache.call(compileBlackHole, settings),
    cache.call(compilePassthrough, settings),
  ];
  // A mode of the mesh, not of a Sidecar: that is where the listeners and routes that use it come from.
  if (scope.mesh.outboundTrafficPolicy.mode === 'allow-any-dynamic-dns') {
    resources.push(cache.call(compileAllowAnyDynamicDns, settings, proxy.ipMode, proxy.settings.dnsCapture));
  }
  return { resources, notes: services.notes };
}

/** What the clusters of a scope are gathered from. */
export interface Gathering {
  readonly scope: OutboundScope;
  readonly proxy: ProxyClass;
  readonly placement: Placement;
  readonly endpoints: EndpointIndex;
  readonly cache: CompileCache;
}

/** The clusters of every service in scope, in the order of the services. */
export function listServiceClusters(gathering: Gathering): CompiledClusters {
  const { scope, proxy, placement, endpoints, cache } = gathering;
  const pieces = listServicePieces(scope).map((piece) => {
    const lists = listPieceEndpoints(piece.services, endpoints);
    return cache.call(compilePiece, piece, lists, scope.mesh, scope.plaintext, proxy, placement, cache);
  });
  const notes = pieces.flatMap((piece) => piece.notes);
  return { resources: pieces.flatMap((piece) => piece.resources), notes: listDistinctNotes(notes) };
}

function compilePiece(
  { services, rules }: ServicePiece,
  lists: readonly (readonly Endpoint[])[],
  mesh: MeshConfig,
  plaintext: PlaintextNamespaces,
  proxy: ProxyClass,
  placement: Placement,
  cache: CompileCache,
): CompiledClusters {
  const all = getClusterSettings(mesh, proxy, cache);
  const resources: CompiledResource[] = [];
  const notes: CompileNote[] = [];
  for (const [i, service] of services.entries()) {
    if (service.resolution === 'alias') continue;
    const rule = rules[i];
    const settings = isPlaintext(plaintext, service.namespace) ? cache.call(withoutAutoMtls, all) : all;
    const input = { settings, service, rule, endpoints: lists[i] ?? NO_ENDPOINTS, cache };
    const compiled = isResolvedByEnvoy(service) ? gatherDns(input, mesh, proxy, placement) : gather(input);
    resources.push(...compiled.resources);
    notes.push(...compiled.notes);
    if (rule && rule.sources.length > 1) notes.push(...cache.call(listMergeNotes, rule));
  }
  return { resources, notes };
}

/** One service, and what its clusters depend on in any case. */
interface Gathered {
  readonly settings: ClusterSettings;
  readonly service: Service;
  readonly rule: EffectiveRule | undefined;
  readonly endpoints: readonly Endpoint[];
  readonly cache: CompileCache;
}

function isResolvedByEnvoy({ resolution }: Service): boolean {
  return resolution === 'dns' || resolution === 'dns-round-robin' || resolution === 'dynamic-dns';
}

/** Clusters that carry no endpoint: of their endpoints only what they have in common is an argument. */
function gather({ settings, service, rule, endpoints, cache }: Gathered): CompiledClusters {
  const identities = needsIdentities(settings) ? cache.call(listIdentities, endpoints) : '';
  const mtlsPorts =
    isBlind(service, rule) && isAutoMtls(settings, service) ? cache.call(listMtlsPorts, service, endpoints) : ALL_PORTS;
  return cache.call(compileServiceClusters, settings, service, rule, identities, mtlsPorts);
}

/** Clusters that carry their endpoints, as the client sees them. */
function gatherDns(
  { settings, service, rule, endpoints, cache }: Gathered,
  mesh: MeshConfig,
  proxy: ProxyClass,
  placement: Placement,
): CompiledClusters {
  const identities = needsIdentities(settings) ? cache.call(listIdentities, endpoints) : '';
  const needs = cache.call(findPerspectiveNeeds, service, rule, getEndpointSettings(mesh, proxy, cache));
  const perspective = findPerspective(needs, proxy, placement, cache);
  return cache.call(compileDnsClusters, settings, service, rule, identities, endpoints, perspective, proxy.ipMode);
}

/** Who its workloads are matters to whoever does mTLS with them. */
function needsIdentities({ identity, clientCertificate }: ClusterSettings): boolean {
  return identity === 'agent' || clientCertificate !== undefined;
}
