import type { MeshConfig } from '../../model/mesh-config.ts';
import type { NetworkGateway } from '../../model/network-gateway.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { ProxySettings } from '../../model/proxy.ts';
import type { CompileCache } from '../cache.ts';

/**
 * All that clusters look at in the mesh's settings and in a proxy, and nothing else: classes of proxies that agree here share every cluster,
 * byte for byte, however they differ otherwise. Plain data; equal settings are the identical value.
 */
export interface ClusterSettings {
  readonly type: 'sidecar' | 'router';
  /** Where certificates come from; `none` cannot do mTLS. */
  readonly identity: 'agent' | 'none';
  /** `istio.*` extensions are compiled into this Envoy. */
  readonly istioFilters: boolean;
  /** DNS clusters go as `envoy.cluster.dns`: the cluster types STRICT_DNS and LOGICAL_DNS carry fields that Envoy 1.40 warns about. */
  readonly dnsExtension: boolean;
  /** HTTP/1 headers go out in the case in which they came. */
  readonly preserveHeaderCase: boolean;
  /** Files that replace the mesh identity. */
  readonly clientCertificate?: ProxySettings['clientCertificate'];
  readonly connectTimeoutMs: number;
  readonly tcpKeepalive?: MeshConfig['tcpKeepalive'];
  /** Ports that say that they are HTTP are spoken to in HTTP/2. */
  readonly h2Upgrade: boolean;
  readonly enableAutoMtls: boolean;
  readonly trustDomainAliases: readonly string[];
  readonly defaultTrafficPolicy?: MeshConfig['defaultTrafficPolicy'];
  readonly localityLbSetting?: MeshConfig['localityLbSetting'];
  readonly zoneAwareLbSetting?: MeshConfig['zoneAwareLbSetting'];
  /** For clusters that carry their hosts. */
  readonly networkGateways: readonly NetworkGateway[];
  readonly edsForHeadless: boolean;
  readonly sendUnhealthy: MeshConfig['features']['sendUnhealthy'];
  /** Localities are weighted whether or not a setting asks for it. */
  readonly localityWeighted: boolean;
  readonly dnsRefreshRateMs: number;
  readonly compliance: MeshConfig['features']['compliance'];
  readonly cipherSuites: readonly string[];
  readonly ecdhCurves: readonly string[];
  /** Patterns for the names under which clusters are counted; empty for their own names. */
  readonly outboundStatName: string;
  readonly inboundStatName: string;
  /** The workload is reached over loopback instead of the address that its client dialled. */
  readonly inboundToLocalhost: boolean;
}

/** Narrows the mesh's settings and a proxy down to what its clusters depend on. */
export function getClusterSettings(mesh: MeshConfig, proxy: ProxyClass, cache: CompileCache): ClusterSettings {
  // By content: mesh and class are new values after any change, also of something that no cluster looks at.
  return cache.call(parseSettings, JSON.stringify({ ...narrowProxy(proxy), ...narrowMesh(mesh) }));
}

/** Settings for services whose workloads take plaintext: mutual TLS is for those rules only that ask for it. */
export function withoutAutoMtls(settings: ClusterSettings): ClusterSettings {
  return { ...settings, enableAutoMtls: false };
}

function parseSettings(text: string): ClusterSettings {
  return JSON.parse(text);
}

const DNS_CLUSTER_EXTENSION = 'envoy.cluster.dns';

function narrowProxy({ type, capabilities, settings, proxyConfig }: ProxyClass) {
  const { identity, istioFilters, extensions } = capabilities;
  return {
    type,
    identity,
    istioFilters,
    // istio-proxy gets what istiod sends it; an Envoy that lists nothing is read as a current stock one.
    dnsExtension: !istioFilters && (extensions.size === 0 || extensions.has(DNS_CLUSTER_EXTENSION)),
    preserveHeaderCase: proxyConfig.proxyHeaders.preserveHttp1HeaderCase,
    clientCertificate: settings.clientCertificate,
  };
}

function narrowMesh(mesh: MeshConfig) {
  return {
    connectTimeoutMs: mesh.connectTimeoutMs,
    tcpKeepalive: mesh.tcpKeepalive,
    h2Upgrade: mesh.h2Upgrade,
    enableAutoMtls: mesh.enableAutoMtls,
    trustDomainAliases: mesh.trustDomainAliases,
    defaultTrafficPolicy: mesh.defaultTrafficPolicy,
    localityLbSetting: mesh.localityLbSetting,
    zoneAwareLbSetting: mesh.zoneAwareLbSetting,
    networkGateways: mesh.networkGateways ?? [],
    edsForHeadless: mesh.features.edsForHeadless,
    sendUnhealthy: mesh.features.sendUnhealthy,
    localityWeighted: mesh.features.localityWeighted,
    dnsRefreshRateMs: mesh.dnsRefreshRateMs,
    compliance: mesh.features.compliance,
    cipherSuites: mesh.tlsDefaults.cipherSuites,
    ecdhCurves: mesh.tlsDefaults.ecdhCurves,
    outboundStatName: mesh.outboundClusterStatName,
    inboundStatName: mesh.inboundClusterStatName,
    inboundToLocalhost: mesh.inboundTrafficPolicy === 'localhost',
  };
}
