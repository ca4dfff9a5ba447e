import type { MeshConfig, ProxyConfig } from '../../src/model/mesh-config.ts';
import { DEFAULT_FEATURES } from '../../src/model/mesh-features.ts';
import type { ProxyClass } from '../../src/model/proxy-class.ts';

/** Istio's defaults of what a proxy does by itself. */
export function proxyConfig(rest: Partial<ProxyConfig> = {}): ProxyConfig {
  return {
    proxyHeaders: {
      requestIdDisabled: false,
      attemptCountDisabled: false,
      envoyDebugHeadersDisabled: false,
      metadataExchangeInMesh: false,
      preserveHttp1HeaderCase: false,
      xForwardedHost: false,
      xForwardedPort: false,
    },
    gatewayTopology: { numTrustedProxies: 0, proxyProtocol: false },
    statusPort: 15020,
    drainDurationMs: 45_000,
    terminationDrainDurationMs: 5_000,
    bootstrap: {},
    ...rest,
  };
}

/** A mesh in which nothing was configured. */
export function meshConfig(rest: Partial<MeshConfig> = {}): MeshConfig {
  return {
    trustDomain: 'cluster.local',
    trustDomainAliases: [],
    caTrustDomains: [],
    rootNamespace: 'istio-system',
    domainSuffix: 'cluster.local',
    proxyListenPort: 15001,
    proxyInboundListenPort: 15006,
    proxyHttpPort: 0,
    connectTimeoutMs: 10_000,
    protocolDetectionTimeoutMs: 0,
    outboundTrafficPolicy: { mode: 'allow-any' },
    inboundTrafficPolicy: 'passthrough',
    enableAutoMtls: true,
    defaultServiceExportTo: ['*'],
    defaultVirtualServiceExportTo: ['*'],
    defaultDestinationRuleExportTo: ['*'],
    localityLbSetting: { enabled: true, distribute: [], failover: [], failoverPriority: [] },
    dnsRefreshRateMs: 60_000,
    h2Upgrade: false,
    inboundClusterStatName: '',
    outboundClusterStatName: '',
    pathNormalization: 'BASE',
    tlsDefaults: { minVersion: 'TLS_AUTO', cipherSuites: [], ecdhCurves: [] },
    meshMtlsMinVersion: 'TLS_AUTO',
    meshMtlsCipherSuites: [],
    accessLog: { file: '', encoding: 'TEXT', format: '' },
    defaultConfig: proxyConfig(),
    clusterLocalHosts: [],
    discoverySelectors: [],
    features: DEFAULT_FEATURES,
    ...rest,
  };
}

/** Stock Envoy beside a workload of namespace `default`, without an agent. */
export function proxyClass(rest: Partial<ProxyClass> = {}): ProxyClass {
  return {
    type: 'sidecar',
    namespace: 'default',
    dnsDomain: 'default.svc.cluster.local',
    ipMode: 'ipv4',
    cluster: 'Kubernetes',
    network: '',
    interception: 'REDIRECT',
    capabilities: { identity: 'none', istioFilters: false, extensions: new Set() },
    settings: {
      http10: false,
      unprivileged: false,
      inboundExactBalance: false,
      outboundExactBalance: false,
      dnsCapture: false,
      dnsAutoAllocate: false,
      reservedPorts: [15020, 15021, 15090],
      networkView: [],
    },
    proxyConfig: proxyConfig(),
    labels: {},
    ...rest,
  };
}
