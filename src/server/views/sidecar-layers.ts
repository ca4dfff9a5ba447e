import { compileInboundClusters } from '../../compile/cluster/inbound.ts';
import { compileOutboundClusters } from '../../compile/cluster/outbound.ts';
import { compileClusterLoadAssignments } from '../../compile/endpoint/load-assignments.ts';
import { compileSidecarInboundListeners } from '../../compile/listener/inbound.ts';
import { compileSidecarOutboundListeners } from '../../compile/listener/outbound.ts';
import { compileSidecarRoutes } from '../../compile/route/sidecar.ts';
import type { InboundScope } from '../../model/inbound-scope.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../../xds/type-url.ts';
import { identityOf } from '../proxy/interned.ts';
import { findPlacement } from '../../compile/endpoint/placement.ts';
import { clusterEndpointsFor, endpointsFor } from './endpoint-needs.ts';
import type { Layer, ViewQuestion } from './layer.ts';
import { extensionLayer, patchLayer } from './patch-layers.ts';
import { secretLayer } from './secret-layer.ts';
import { inboundScopeOf, nameOf, sidecarOf, sidecarScopeOf } from './scopes.ts';

/** The layers of a sidecar: its outbound side is shared by its class, its inbound side by the replicas of its workload. */
export function listSidecarLayers(question: ViewQuestion): readonly Layer[] {
  const sidecar = sidecarOf(question);
  const scope = sidecarScopeOf(question, sidecar);
  const slot = `outbound ${identityOf(question.proxyClass)} ${nameOf(sidecar)}`;
  const inbound = inboundScopeOf(question, sidecar);
  return [
    ...listOutboundLayers(question, scope, slot).map((layer) => patchLayer(question, layer, 'SIDECAR_OUTBOUND')),
    ...listInboundLayers(question, inbound).map((layer) => patchLayer(question, layer, 'SIDECAR_INBOUND')),
    extensionLayer(question),
    secretLayer(question, scope, slot),
  ];
}

function listInboundLayers(
  { proxyClass, cache }: ViewQuestion,
  inbound: { readonly scope: InboundScope; readonly slot: string },
): readonly Layer[] {
  return [
    {
      typeUrl: CLUSTER_TYPE,
      slot: inbound.slot,
      compiled: cache.call(compileInboundClusters, inbound.scope, proxyClass, cache),
    },
    {
      typeUrl: LISTENER_TYPE,
      slot: inbound.slot,
      compiled: cache.call(compileSidecarInboundListeners, inbound.scope, proxyClass, cache),
    },
  ];
}

function listOutboundLayers(question: ViewQuestion, scope: SidecarScope, slot: string): readonly Layer[] {
  const { proxy, proxyClass, parts, cache } = question;
  const { endpoints } = parts.snapshot;
  const known = endpointsFor(scope, endpoints);
  const placement = findPlacement(scope, proxyClass, proxy, cache);
  const place = `${slot} ${identityOf(placement)}`;
  const clusterEndpoints = clusterEndpointsFor(scope, proxyClass, endpoints);
  // Its own address matters only where each endpoint of a headless service has a listener of its own.
  const own = known === endpoints ? proxy.ipAddresses[0] : '';
  const listenerSlot = own === '' ? slot : `${slot} ${own}`;
  return [
    {
      typeUrl: CLUSTER_TYPE,
      slot: place,
      compiled: cache.call(compileOutboundClusters, scope, proxyClass, placement, clusterEndpoints, cache),
    },
    {
      typeUrl: ENDPOINT_TYPE,
      slot: place,
      compiled: cache.call(compileClusterLoadAssignments, scope, proxyClass, placement, endpoints, cache),
    },
    {
      typeUrl: LISTENER_TYPE,
      slot: listenerSlot,
      compiled: cache.call(compileSidecarOutboundListeners, scope, proxyClass, known, own, cache),
    },
    { typeUrl: ROUTE_TYPE, slot, compiled: cache.call(compileSidecarRoutes, scope, proxyClass, cache) },
  ];
}
