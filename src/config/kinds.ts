import type { Kind } from './define-kind.ts';
import { configMap } from './kinds/config-map.ts';
import { destinationRule } from './kinds/destination-rule.ts';
import { endpointSlice } from './kinds/endpoint-slice.ts';
import { envoyFilter } from './kinds/envoy-filter/envoy-filter.ts';
import { gateway } from './kinds/gateway.ts';
import { namespace } from './kinds/namespace.ts';
import { node } from './kinds/node.ts';
import { peerAuthentication } from './kinds/peer-authentication.ts';
import { pod } from './kinds/pod.ts';
import { proxyConfig } from './kinds/proxy-config.ts';
import { secret } from './kinds/secret.ts';
import { service } from './kinds/service.ts';
import { serviceEntry } from './kinds/service-entry.ts';
import { sidecar } from './kinds/sidecar.ts';
import { virtualService } from './kinds/virtual-service/virtual-service.ts';
import { workloadEntry } from './kinds/workload-entry.ts';
import { workloadGroup } from './kinds/workload-group.ts';
import type { KindName } from './parsed-object.ts';

/** Every kind that is read, by name. */
export const KINDS = {
  VirtualService: virtualService,
  DestinationRule: destinationRule,
  Gateway: gateway,
  Sidecar: sidecar,
  EnvoyFilter: envoyFilter,
  ServiceEntry: serviceEntry,
  WorkloadEntry: workloadEntry,
  WorkloadGroup: workloadGroup,
  ProxyConfig: proxyConfig,
  PeerAuthentication: peerAuthentication,
  Namespace: namespace,
  Node: node,
  Service: service,
  EndpointSlice: endpointSlice,
  Pod: pod,
  Secret: secret,
  ConfigMap: configMap,
} as const satisfies { readonly [K in KindName]: Kind<K> };
