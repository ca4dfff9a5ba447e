import { findDiscovery, hasClusters } from '../cluster/discovery.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import { type Endpoint, listEndpointOrigins, NO_ENDPOINTS } from '../../model/endpoint.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import { listPieceEndpoints } from '../../model/service-pieces.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import { findTrafficPolicy } from '../../model/traffic-policy-resolution.ts';
import type { CompileCache } from '../cache.ts';
import { outboundClusterName, sniClusterName } from '../names.ts';
import type { CompileNote } from '../note.ts';
import { NO_NOTES } from '../note.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { listServicePieces, type ServicePiece } from '../service-rules.ts';
import { compileAssignment } from './assignment.ts';
import { findPerspective, type Perspective } from './perspective.ts';
import { findPerspectiveNeeds } from './perspective-needs.ts';
import type { Placement } from './placement.ts';
import { type EndpointSettings, getEndpointSettings } from './settings.ts';

const CLUSTER_LOAD_ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment';

/**
 * Compiles the assignments of all EDS clusters of a scope: every service port, its subsets, and at AUTO_PASSTHROUGH gateways the same again
 * under the names that SNI carries. A cluster without hosts has an empty one, so that no cluster waits for an answer.
 *
 * An endpoint change compiles the assignments of its service; nothing else.
 * @param placement what `findPlacement` made of the proxy's whereabouts.
 */
export function compileClusterLoadAssignments(
  scope: SidecarScope | RouterScope,
  proxy: ProxyClass,
  placement: Placement,
  endpoints: EndpointIndex,
  cache: CompileCache,
): { readonly resources: readonly CompiledResource[]; readonly notes: readonly CompileNote[] } {
  const settings = getEndpointSettings(scope.mesh, proxy, cache);
  const compile = scope.kind === 'router' && scope.gateway.hasAutoPassthrough ? compileBoth : compileDirect;
  const pieces = listServicePieces(scope).map((piece) => {
    const lists = listPieceEndpoints(piece.services, endpoints);
    return cache.call(compilePiece, compile, piece, lists, proxy, placement, settings, cache);
  });
  return { resources: pieces.flat(), notes: NO_NOTES };
}

function compilePiece(
  compile: typeof compileDirect,
  { services, rules }: ServicePiece,
  lists: readonly (readonly Endpoint[])[],
  proxy: ProxyClass,
  placement: Placement,
  settings: EndpointSettings,
  cache: CompileCache,
): readonly CompiledResource[] {
  return services.flatMap((service, i) => {
    if (service.resolution !== 'eds' && service.resolution !== 'passthrough') return [];
    const rule = rules[i];
    const needs = cache.call(findPerspectiveNeeds, service, rule, settings);
    const perspective = findPerspective(needs, proxy, placement, cache);
    return cache.call(compile, settings, service, rule, lists[i] ?? NO_ENDPOINTS, perspective);
  });
}

/** One EDS cluster of a service. */
interface EdsCluster {
  readonly name: string;
  readonly port: ServicePort;
  readonly subset: string;
  readonly mtlsOnly: boolean;
}

/** The assignments of a service's own clusters. */
function compileDirect(
  settings: EndpointSettings,
  service: Service,
  rule: EffectiveRule | undefined,
  endpoints: readonly Endpoint[],
  perspective: Perspective,
): readonly CompiledResource[] {
  const origins = listOrigins(service, rule, endpoints);
  return listEdsClusters(settings, service, rule).map(({ name, ...cluster }) => {
    const question = { settings, service, rule, perspective, addresses: 'eds', ...cluster } as const;
    return toResource(CLUSTER_LOAD_ASSIGNMENT, name, compileAssignment(name, endpoints, question), origins);
  });
}

/** Those, and the ones of its clusters by SNI, which exist for services in the mesh. */
function compileBoth(
  settings: EndpointSettings,
  service: Service,
  rule: EffectiveRule | undefined,
  endpoints: readonly Endpoint[],
  perspective: Perspective,
): readonly CompiledResource[] {
  const direct = compileDirect(settings, service, rule, endpoints, perspective);
  if (service.external) return direct;
  const origins = listOrigins(service, rule, endpoints);
  const passed = listEdsClusters(settings, service, rule).map(({ port, subset }) => {
    const name = sniClusterName(service.hostname, port.number, subset);
    const question = { settings, service, port, rule, subset, perspective, addresses: 'eds', mtlsOnly: true } as const;
    return toResource(CLUSTER_LOAD_ASSIGNMENT, name, compileAssignment(name, endpoints, question), origins);
  });
  return [...direct, ...passed];
}

function listEdsClusters(
  settings: EndpointSettings,
  service: Service,
  rule: EffectiveRule | undefined,
): readonly EdsCluster[] {
  const subsets = ['', ...(rule?.subsets ?? []).map((subset) => subset.name)];
  return service.ports
    .filter((port) => hasClusters(service, port))
    .flatMap((port) => subsets.map((subset) => ({ port, subset })))
    .filter(({ port, subset }) => {
      const policy = findTrafficPolicy(rule, port.number, subset);
      return findDiscovery(service, settings, policy) === 'eds';
    })
    .map(({ port, subset }) => ({
      name: outboundClusterName(service.hostname, port.number, subset),
      port,
      subset,
      mtlsOnly: false,
    }));
}

function listOrigins(
  service: Service,
  rule: EffectiveRule | undefined,
  endpoints: readonly Endpoint[],
): readonly ObjectKey[] {
  const own = [...(rule?.sources ?? []).map((source) => keyOf(source.meta)), keyOf(service.meta)];
  return [...new Set([...own, ...listEndpointOrigins(endpoints)])];
}
