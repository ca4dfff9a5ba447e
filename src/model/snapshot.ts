import type { DestinationRule } from './destination-rule.ts';
import type { Endpoint } from './endpoint.ts';
import type { EnvoyFilter } from './envoy-filter.ts';
import type { Gateway } from './gateway.ts';
import type { MeshConfig } from './mesh-config.ts';
import type { Labels, Meta } from './object.ts';
import type { PeerAuthentication } from './peer-authentication.ts';
import type { ProxyConfigOverride } from './proxy-config-override.ts';
import type { Service } from './service.ts';
import type { Sidecar } from './sidecar.ts';
import type { VirtualService } from './virtual-service.ts';
import type { Workload } from './workload.ts';

/** A certificate, key or trust bundle that gateways may ask for by name; PEM, already checked to parse and to belong together. */
export interface Credential {
  readonly meta: Meta;
  readonly certificate?: { readonly chainPem: string; readonly keyPem: string; readonly ocspStaple?: string };
  readonly caPem?: string;
  readonly crlPem?: string;
}

/** Endpoints of every service. Lists keep their identity while their content is equal. */
export interface EndpointIndex {
  /** All endpoints of a service, in a stable order; `NO_ENDPOINTS` when it has none or is not known. */
  of(hostname: string, namespace: string): readonly Endpoint[];
  /**
   * Hostnames of which some service has another list than in `before`; `undefined` when that is not known. What it does not name is the
   * identical list there and here.
   */
  listChangedSince?(before: EndpointIndex): readonly string[] | undefined;
}

/**
 * The whole mesh at one moment. Immutable, and every part keeps its identity (===) while its content is equal: what depends only on a part
 * may be cached on the part itself.
 *
 * All lists are in Istio's order (creation time, name, namespace).
 */
export interface Snapshot {
  /** Counts up by one for every snapshot made; for logs and status, never for content. */
  readonly sequence: number;
  readonly mesh: MeshConfig;
  readonly services: readonly Service[];
  readonly endpoints: EndpointIndex;
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly sidecars: readonly Sidecar[];
  readonly gateways: readonly Gateway[];
  readonly envoyFilters: readonly EnvoyFilter[];
  readonly proxyConfigs: readonly ProxyConfigOverride[];
  readonly peerAuthentications: readonly PeerAuthentication[];
  /** By namespace, then name. */
  readonly credentials: ReadonlyMap<string, ReadonlyMap<string, Credential>>;
  readonly workloads: WorkloadIndex;
  readonly namespaces: ReadonlyMap<string, Labels>;
}

/** Workloads by how proxies name them. */
export interface WorkloadIndex {
  byAddress(address: string): readonly Workload[];
  /** Several clusters may have one of that name: the one of `cluster` is meant, or any when that cluster is not known. */
  byName(namespace: string, name: string, cluster?: string): Workload | undefined;
  /** Id of the cluster of the configuration; absent where there is no other. */
  readonly home?: string;
  /** Whether workloads of a cluster are told of at all. */
  hasCluster(cluster: string): boolean;
}
