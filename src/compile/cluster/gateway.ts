import type { RouterScope } from '../../model/router-scope.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { CompileCache } from '../cache.ts';
import type { Placement } from '../endpoint/placement.ts';
import type { CompiledResource } from '../resource.ts';
import { listServiceClusters } from './outbound.ts';
import { type CompiledClusters, compileSniClusters } from './service-clusters.ts';
import { getClusterSettings } from './settings.ts';
import { compileBlackHole } from './special.ts';

/**
 * Compiles the clusters of a gateway: those of every service in scope, and where a server passes mTLS through by SNI, those of EDS again by the
 * names that SNI carries. A gateway has no original destination to pass anything to.
 * @param placement what `findPlacement` made of the proxy's whereabouts.
 */
export function compileGatewayClusters(
  scope: RouterScope,
  proxy: ProxyClass,
  placement: Placement,
  endpoints: EndpointIndex,
  cache: CompileCache,
): CompiledClusters {
  const settings = getClusterSettings(scope.mesh, proxy, cache);
  const { resources, notes } = listServiceClusters({ scope, proxy, placement, endpoints, cache });
  const all = [...resources, cache.call(compileBlackHole, settings)];
  return { resources: scope.gateway.hasAutoPassthrough ? [...all, ...listSni(scope, proxy, cache)] : all, notes };
}

function listSni(scope: RouterScope, proxy: ProxyClass, cache: CompileCache): readonly CompiledResource[] {
  const settings = getClusterSettings(scope.mesh, proxy, cache);
  const inMesh = scope.services.filter((service) => !service.external && service.resolution !== 'alias');
  return inMesh.flatMap(
    (service) => cache.call(compileSniClusters, settings, service, scope.findRule(service)).resources,
  );
}
