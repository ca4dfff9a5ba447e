import type { DestinationRule } from '../model/destination-rule.ts';
import type { EnvoyFilter } from '../model/envoy-filter.ts';
import type { Gateway } from '../model/gateway.ts';
import type { ConfigMap, EndpointSlice, KubeService, Namespace, Node, Pod, Secret } from '../model/kubernetes.ts';
import type { Meta } from '../model/object.ts';
import type { PeerAuthentication } from '../model/peer-authentication.ts';
import type { ProxyConfigOverride } from '../model/proxy-config-override.ts';
import type { ServiceEntry } from '../model/service-entry.ts';
import type { Sidecar } from '../model/sidecar.ts';
import type { VirtualService } from '../model/virtual-service.ts';
import type { WorkloadEntry } from '../model/workload-entry.ts';
import type { WorkloadGroup } from '../model/workload-group.ts';

/** What an object of each kind becomes once it is read. */
export interface KindValues {
  readonly VirtualService: VirtualService;
  readonly DestinationRule: DestinationRule;
  readonly Gateway: Gateway;
  readonly Sidecar: Sidecar;
  readonly EnvoyFilter: EnvoyFilter;
  readonly ServiceEntry: ServiceEntry;
  readonly WorkloadEntry: WorkloadEntry;
  readonly WorkloadGroup: WorkloadGroup;
  readonly ProxyConfig: ProxyConfigOverride;
  readonly PeerAuthentication: PeerAuthentication;
  readonly Namespace: Namespace;
  readonly Node: Node;
  readonly Service: KubeService;
  readonly EndpointSlice: EndpointSlice;
  readonly Pod: Pod;
  readonly Secret: Secret;
  readonly ConfigMap: ConfigMap;
}

/** Names of the kinds that are read. */
export type KindName = keyof KindValues;

/** One object that was read without errors. `meta` is `value.meta`. */
export type ParsedObject = {
  readonly [K in KindName]: { readonly kind: K; readonly meta: Meta; readonly value: KindValues[K] };
}[KindName];
