import { compileInboundClusters } from '../../compile/cluster/inbound.ts';
import { compileOutboundClusters } from '../../compile/cluster/outbound.ts';
import { compileClusterLoadAssignments } from '../../compile/endpoint/load-assignments.ts';
import { compileSidecarInboundListeners } from '../../compile/listener/inbound.ts';
import { compileSidecarOutboundListeners } from '../../compile/listener/outbound.ts';
import { withoutTaken } from '../../compile/listener/taken.ts';
import { compileSidecarRoutes } from '../../compile/route/sidecar.ts';
import type { InboundScope } from '../../model/inbound-scope.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../../xds/type-url.ts';
import { identityOf } from '../proxy/interned.ts';
import { findPlacement } from '../../compile/endpoint/placement.ts';
import { clusterEndpointsFor, endpointsFor } from './endpoint-needs.ts';
import { type Compiled, type Layer, NOTHING, type ViewQuestion } from './layer.ts';
import { localClusterLayers } from './local-cluster-layer.ts';
import { extensionLayer, patchLayer } from './patch-layers.ts';
import { secretLayer } from './secret-layer.ts';
import { inboundScopeOf, nameOf, sidecarOf, sidecarScopeOf } from './scopes.ts';

/** The layers of a sidecar: its outbound side is shared by its class, its inbound side by the replicas of its workload. */
export function listSidecarLayers(question: ViewQuestion): readonly Layer[] {
  const sidecar = sidecarOf(question);
  const scope = sidecarScopeOf(question, sidecar);
  const slot = `outbound ${identityOf(question.proxyClass)} ${nameOf(sidecar)}`;
  const inbound = inboundScopeOf(question, sidecar);
  const outboundLayers = listOutboundLayers(question, scope, slot);
  const outbound = outboundLayers.find(({ typeUrl }) => typeUrl === LISTENER_TYPE)?.compiled ?? NOTHING;
  return [
    ...outboundLayers.map((layer) => patchLayer(question, layer, 'SIDECAR_OUTBOUND')),
    ...listInboundLayers(question, inbound, outbound).map((layer) => patchLayer(question, layer, 'SIDECAR_INBOUND')),
    extensionLayer(question),
    secretLayer(question, scope, slot),
    ...localClusterLayers(question),
  ];
}

function listInboundLayers(
  { proxyClass, cache }: ViewQuestion,
  inbound: { readonly scope: InboundScope; readonly slot: string },
  outbound: Compiled,
): readonly Layer[] {
  const { sidecar } = inbound.scope;
  const listeners = cache.call(compileSidecarInboundListeners, inbound.scope, proxyClass, cache);
  // Without an ingress of its own, all that a workload serves is behind one listener that no service can have.
  const free = sidecar?.ingress === undefined ? listeners : cache.call(withoutTaken, listeners, outbound, sidecar);
  return [
    {
      typeUrl: CLUSTER_TYPE,
      slot: inbound.slot,
      compiled: cache.call(compileInboundClusters, inbound.scope, proxyClass, cache),
    },
    {
      typeUrl: LISTENER_TYPE,
      slot: inbound.slot,
      compiled: free,
    },
  ];
}

function listOutboundLayers(question: ViewQuestion, scope: SidecarScope, slot: string): readonly Layer[] {
  const { proxy, proxyClass, parts, cache } = question;
  const { endpoints } = parts;
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
