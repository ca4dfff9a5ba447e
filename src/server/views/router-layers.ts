import { compileGatewayClusters } from '../../compile/cluster/gateway.ts';
import { compileClusterLoadAssignments } from '../../compile/endpoint/load-assignments.ts';
import { findPlacement } from '../../compile/endpoint/placement.ts';
import { compileGatewayListeners } from '../../compile/listener/gateway.ts';
import { compileGatewayRoutes } from '../../compile/route/gateway.ts';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../../xds/type-url.ts';
import { identityOf } from '../proxy/interned.ts';
import { clusterEndpointsFor } from './endpoint-needs.ts';
import type { Layer, ViewQuestion } from './layer.ts';
import { localClusterLayers } from './local-cluster-layer.ts';
import { extensionLayer, patchLayer } from './patch-layers.ts';
import { routerScopeOf } from './router-scopes.ts';
import { secretLayer } from './secret-layer.ts';

/** The layers of a gateway, shared by the gateways of a namespace that the same Gateways select. */
export function listRouterLayers(question: ViewQuestion): readonly Layer[] {
  const { proxy, proxyClass, parts, cache } = question;
  const { scope, slot } = routerScopeOf(question);
  const { endpoints } = parts;
  const placement = findPlacement(scope, proxyClass, proxy, cache);
  const place = `${slot} ${identityOf(placement)}`;
  const known = clusterEndpointsFor(scope, proxyClass, endpoints);
  const layers: readonly Layer[] = [
    {
      typeUrl: CLUSTER_TYPE,
      slot: place,
      compiled: cache.call(compileGatewayClusters, scope, proxyClass, placement, known, cache),
    },
    {
      typeUrl: ENDPOINT_TYPE,
      slot: place,
      compiled: cache.call(compileClusterLoadAssignments, scope, proxyClass, placement, endpoints, cache),
    },
    { typeUrl: LISTENER_TYPE, slot, compiled: cache.call(compileGatewayListeners, scope, proxyClass, cache) },
    { typeUrl: ROUTE_TYPE, slot, compiled: cache.call(compileGatewayRoutes, scope, proxyClass, cache) },
  ];
  return [
    ...layers.map((layer) => patchLayer(question, layer, 'GATEWAY', scope.gateway)),
    extensionLayer(question),
    secretLayer(question, scope, slot),
    ...localClusterLayers(question),
  ];
}
