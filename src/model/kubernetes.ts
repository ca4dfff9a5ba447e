import type { Labels, Meta } from './object.ts';

/*
 * What a mesh needs of Kubernetes' own objects, with the API server's defaults filled in.
 * See the Kubernetes API reference: core/v1, discovery.k8s.io/v1.
 */

/** Transport protocols as Kubernetes writes them; TCP where nothing is written. */
export type KubeProtocol = 'TCP' | 'UDP' | 'SCTP';

/** One port of a Kubernetes Service. */
export interface KubeServicePort {
  /** Empty for the only port of a Service that leaves it out. */
  readonly name: string;
  readonly port: number;
  readonly protocol: KubeProtocol;
  /** Absent is different from empty: an empty one says "no protocol". */
  readonly appProtocol?: string;
  /** A number, or the name of a container's port. Absent: the same number. */
  readonly targetPort?: number | string;
  /** Where every node takes traffic for it; absent when none does. */
  readonly nodePort?: number;
}

/** A Service of core/v1. */
export interface KubeService {
  readonly meta: Meta;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  /** `clusterIPs`, else `clusterIP`; empty when headless or not yet given. */
  readonly clusterIPs: readonly string[];
  /** `clusterIP: None`. */
  readonly headless: boolean;
  readonly externalName?: string;
  readonly ports: readonly KubeServicePort[];
  /** Absent or empty: it selects nothing. */
  readonly selector?: Labels;
  readonly publishNotReadyAddresses: boolean;
  /** `internalTrafficPolicy: Local`. */
  readonly internalTrafficLocal: boolean;
  readonly trafficDistribution?: string;
  /** Where the load balancer listens, then `externalIPs`: IPs and names. Absent: nowhere outside of the cluster. */
  readonly externalAddresses?: readonly string[];
}

/** One endpoint of an EndpointSlice; absent conditions are not known. */
export interface SliceEndpoint {
  readonly addresses: readonly string[];
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly target?: { readonly kind: string; readonly namespace: string; readonly name: string };
}

/** An EndpointSlice of discovery.k8s.io/v1. */
export interface EndpointSlice {
  readonly meta: Meta;
  readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
  readonly endpoints: readonly SliceEndpoint[];
  /** `name` is the Service's port name, empty when left out. */
  readonly ports: readonly { readonly name: string; readonly port?: number; readonly protocol: KubeProtocol }[];
}

/** A named port of one of a Pod's containers. */
export interface ContainerPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: KubeProtocol;
}

/** A Pod of core/v1. */
export interface Pod {
  readonly meta: Meta;
  /** `status.podIPs`, else `status.podIP`. */
  readonly ips: readonly string[];
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  /** The condition `Ready`; a Pod that reports no conditions at all counts as ready. */
  readonly ready: boolean;
  /** It has a deletion time. */
  readonly deleting: boolean;
  /** `default` when left out. */
  readonly serviceAccount: string;
  readonly nodeName: string;
  /** `spec.hostname`, else its name, and `spec.subdomain`: its name in DNS below its namespace's domain. Absent without a subdomain. */
  readonly dnsName?: string;
  /** Of regular containers first, then of sidecar containers (init containers that always restart). */
  readonly ports: readonly ContainerPort[];
  /** The controlling owner. */
  readonly owner?: { readonly kind: string; readonly name: string };
}

/** A Namespace of core/v1; only what metadata says matters. */
export interface Namespace {
  readonly meta: Meta;
}

/** A Node of core/v1; its labels say where it is. */
export interface Node {
  readonly meta: Meta;
  /** Where it is reached from outside of the cluster. */
  readonly externalAddresses: readonly string[];
  /** Of what runs Pods there: `v1.33.1`. */
  readonly kubeletVersion?: string;
}

/** A Secret of core/v1. */
export interface Secret {
  readonly meta: Meta;
  /** `Opaque`, `kubernetes.io/tls` and so on. */
  readonly type: string;
  /** `data` decoded from base64, with `stringData` over it, as text. */
  readonly data: Readonly<Record<string, string>>;
}

/** A ConfigMap of core/v1. */
export interface ConfigMap {
  readonly meta: Meta;
  readonly data: Readonly<Record<string, string>>;
}
