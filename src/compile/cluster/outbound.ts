import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { Service } from '../../model/service.ts';
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
import { ALL_PORTS, listIdentities, listMtlsPorts } from './accounts.ts';
import { listMergeNotes } from './merge-notes.ts';
import {
  type CompiledClusters,
  compileDnsClusters,
  compileServiceClusters,
  isAutoMtls,
  isBlind,
} from './service-clusters.ts';
import { type ClusterSettings, getClusterSettings } from './settings.ts';
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
  const { scope, proxy, cache } = gathering;
  const settings = getClusterSettings(scope.mesh, proxy, cache);
  const resources: CompiledResource[] = [];
  const notes: CompileNote[] = [];
  for (const service of scope.services) {
    if (service.resolution === 'alias') continue;
    const rule = scope.findRule(service);
    const compiled = isResolvedByEnvoy(service)
      ? gatherDns(gathering, settings, service, rule)
      : gather(gathering, settings, service, rule);
    for (const resource of compiled.resources) resources.push(resource);
    for (const note of compiled.notes) notes.push(note);
    if (rule && rule.sources.length > 1) notes.push(...cache.call(listMergeNotes, rule));
  }
  return { resources, notes: listDistinctNotes(notes) };
}

function isResolvedByEnvoy({ resolution }: Service): boolean {
  return resolution === 'dns' || resolution === 'dns-round-robin' || resolution === 'dynamic-dns';
}

/** Clusters that carry no endpoint: of their endpoints only what they have in common is an argument. */
function gather(
  { endpoints, cache }: Gathering,
  settings: ClusterSettings,
  service: Service,
  rule: EffectiveRule | undefined,
): CompiledClusters {
  const known = endpoints.of(service.hostname, service.namespace);
  const identities = needsIdentities(settings) ? cache.call(listIdentities, known) : '';
  const mtlsPorts =
    isBlind(service, rule) && isAutoMtls(settings, service) ? cache.call(listMtlsPorts, service, known) : ALL_PORTS;
  return cache.call(compileServiceClusters, settings, service, rule, identities, mtlsPorts);
}

/** Clusters that carry their endpoints, as the client sees them. */
function gatherDns(
  { scope, proxy, placement, endpoints, cache }: Gathering,
  settings: ClusterSettings,
  service: Service,
  rule: EffectiveRule | undefined,
): CompiledClusters {
  const known = endpoints.of(service.hostname, service.namespace);
  const identities = needsIdentities(settings) ? cache.call(listIdentities, known) : '';
  const needs = cache.call(findPerspectiveNeeds, service, rule, getEndpointSettings(scope.mesh, proxy, cache));
  const perspective = findPerspective(needs, proxy, placement, cache);
  return cache.call(compileDnsClusters, settings, service, rule, identities, known, perspective, proxy.ipMode);
}

/** Who its workloads are matters to whoever does mTLS with them. */
function needsIdentities({ identity, clientCertificate }: ClusterSettings): boolean {
  return identity === 'agent' || clientCertificate !== undefined;
}
