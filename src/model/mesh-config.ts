import type { LabelSelector } from './label-selector.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { MeshFeatures } from './mesh-features.ts';
import type { Retries } from './virtual-service.ts';
import type {
  ConnectionPool,
  LocalityLbSetting,
  OutlierDetection,
  TcpKeepalive,
  ZoneAwareLbSetting,
} from './traffic-policy.ts';
import type { OutboundTrafficPolicy } from './sidecar.ts';
import type { TlsVersion } from './gateway.ts';
import type { EntryVisibility } from './entry-visibility.ts';
import type { MeshNetwork } from './mesh-network.ts';
import type { NetworkGateway } from './network-gateway.ts';

/** What proxies do with one of their standard headers. */
export interface ProxyHeaders {
  readonly forwardedClientCert?:
    | 'SANITIZE'
    | 'FORWARD_ONLY'
    | 'APPEND_FORWARD'
    | 'SANITIZE_SET'
    | 'ALWAYS_FORWARD_ONLY';
  readonly setCurrentClientCertDetails?: {
    readonly subject?: boolean;
    readonly cert?: boolean;
    readonly chain?: boolean;
    readonly dns?: boolean;
    readonly uri?: boolean;
  };
  readonly requestIdDisabled: boolean;
  readonly server?: { readonly disabled: boolean; readonly value?: string };
  readonly attemptCountDisabled: boolean;
  readonly envoyDebugHeadersDisabled: boolean;
  readonly metadataExchangeInMesh: boolean;
  readonly preserveHttp1HeaderCase: boolean;
  readonly xForwardedHost: boolean;
  readonly xForwardedPort: boolean;
}

/** Fields of Istio's ProxyConfig that shape xDS. Bootstrap-only fields are kept raw in `bootstrap`, for the agent. */
export interface ProxyConfig {
  readonly proxyHeaders: ProxyHeaders;
  readonly gatewayTopology: {
    readonly numTrustedProxies: number;
    readonly forwardClientCertDetails?: ProxyHeaders['forwardedClientCert'];
    readonly proxyProtocol: boolean;
  };
  /** Absent: Istio's and Envoy's own limits. */
  readonly connectionSettings?: ConnectionSettings;
  readonly statusPort: number;
  readonly concurrency?: number;
  readonly discoveryAddress?: string;
  readonly drainDurationMs: number;
  readonly terminationDrainDurationMs: number;
  readonly bootstrap: Readonly<Record<string, unknown>>;
}

/** The part of a ProxyConfig that listeners, routes and clusters depend on: proxies that differ elsewhere share them. */
export type TrafficConfig = Pick<ProxyConfig, 'proxyHeaders' | 'gatewayTopology' | 'connectionSettings'>;

/** Where access logs go: stdout in one of two encodings, or nowhere. */
export interface AccessLog {
  readonly file: string;
  readonly encoding: 'TEXT' | 'JSON';
  /** Empty: Istio's default format. */
  readonly format: string;
}

/**
 * Mesh-wide settings, every default filled in.
 * @see istio MeshConfig; defaults in istio pkg/config/mesh/mesh.go `DefaultMeshConfig`
 */
export interface MeshConfig {
  readonly trustDomain: string;
  readonly trustDomainAliases: readonly string[];
  /** Of other authorities' workloads that may call within the mesh. */
  readonly caTrustDomains: readonly string[];
  readonly rootNamespace: string;
  readonly domainSuffix: string;
  /** 15001. 0 turns the sidecar's outbound side off. */
  readonly proxyListenPort: number;
  /** 15006. */
  readonly proxyInboundListenPort: number;
  /** 0: no HTTP proxy listener. */
  readonly proxyHttpPort: number;
  readonly connectTimeoutMs: number;
  readonly protocolDetectionTimeoutMs: number;
  readonly tcpKeepalive?: TcpKeepalive;
  readonly outboundTrafficPolicy: OutboundTrafficPolicy;
  readonly inboundTrafficPolicy: 'passthrough' | 'localhost';
  readonly enableAutoMtls: boolean;
  readonly defaultServiceExportTo: readonly string[];
  readonly defaultVirtualServiceExportTo: readonly string[];
  readonly defaultDestinationRuleExportTo: readonly string[];
  readonly localityLbSetting?: LocalityLbSetting;
  /** Comes before `localityLbSetting` where both could apply. */
  readonly zoneAwareLbSetting?: ZoneAwareLbSetting;
  readonly dnsRefreshRateMs: number;
  readonly h2Upgrade: boolean;
  readonly inboundClusterStatName: string;
  readonly outboundClusterStatName: string;
  readonly pathNormalization: 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES';
  readonly defaultHttpRetryPolicy?: Retries;
  readonly defaultInboundHttpRetryPolicy?: Retries;
  readonly defaultTrafficPolicy?: {
    readonly connectionPool?: ConnectionPool;
    readonly outlierDetection?: OutlierDetection;
  };
  readonly tlsDefaults: {
    readonly minVersion: TlsVersion;
    readonly cipherSuites: readonly string[];
    readonly ecdhCurves: readonly string[];
  };
  readonly meshMtlsMinVersion: TlsVersion;
  /** Suites of TLS 1.2 within the mesh; empty: Istio's. */
  readonly meshMtlsCipherSuites: readonly string[];
  readonly accessLog: AccessLog;
  readonly defaultConfig: ProxyConfig;
  readonly clusterLocalHosts: readonly { readonly host: string; readonly local: boolean }[];
  /** MeshNetworks. Absent: nobody wrote any. */
  readonly networks?: readonly MeshNetwork[];
  /** Bounds who sees ServiceEntries. Absent: nothing does. */
  readonly entryVisibility?: EntryVisibility;
  /** Ways into the mesh's networks, from MeshNetworks and gateway services. Absent or empty: everything is one network. */
  readonly networkGateways?: readonly NetworkGateway[];
  /** What is no part of the text: switches of the control plane. */
  readonly features: MeshFeatures;
  /** Of namespaces that the mesh sees at all; empty: every one. */
  readonly discoverySelectors: readonly LabelSelector[];
}
