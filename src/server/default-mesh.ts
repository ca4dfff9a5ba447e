import type { MeshConfig, ProxyConfig } from '../model/mesh-config.ts';

const defaultConfig: ProxyConfig = {
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
  terminationDrainDurationMs: 5000,
  bootstrap: {},
};

/** Istio's defaults. */
export const defaultMesh: MeshConfig = {
  trustDomain: 'cluster.local',
  trustDomainAliases: [],
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
  accessLog: { file: '', encoding: 'TEXT', format: '' },
  defaultConfig,
  clusterLocalHosts: [],
  discoverySelectors: [],
};
