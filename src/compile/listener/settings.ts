import { type ConnectionSettings, withProfileDefaults } from '../../model/connection-settings.ts';
import { listRanges } from '../../model/mesh-network.ts';
import type { AccessLog, MeshConfig, ProxyConfig, ProxyHeaders } from '../../model/mesh-config.ts';
import type { InterceptionMode, IpMode, ProxySettings } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { CompileCache } from '../cache.ts';

/**
 * All that listeners look at in the mesh's settings and in a proxy, and nothing else: two classes of proxies that agree here share every
 * listener, byte for byte, however they differ otherwise. Plain data; equal settings are the identical value.
 */
export interface ListenerSettings {
  readonly type: 'sidecar' | 'router';
  readonly ipMode: IpMode;
  readonly interception: InterceptionMode;
  /** `istio.*` extensions are compiled into this Envoy. */
  readonly istioFilters: boolean;
  /** Files that stand for its identity towards callers. */
  readonly serverFiles?: ProxySettings['serverFiles'];
  /** Where its certificates come from; `none` cannot do mTLS. */
  readonly identity: 'agent' | 'none';
  readonly compliance: MeshConfig['features']['compliance'];
  readonly http10: boolean;
  readonly sidecarUsesRemoteAddress: boolean;
  readonly mongoFilter: boolean;
  /** Services are called at their addresses of both IP families. */
  readonly dualStack: boolean;
  /** The endpoints of a headless service share a listener. */
  readonly headlessChains: boolean;
  readonly acceptsPerEvent: number;
  readonly transportConnectTimeoutMs: number;
  readonly idleTimeoutMs?: number | undefined;
  readonly unprivileged: boolean;
  readonly inboundExactBalance: boolean;
  readonly outboundExactBalance: boolean;
  readonly dnsCapture: boolean;
  readonly reservedPorts: readonly number[];
  readonly proxyHeaders: ProxyHeaders;
  readonly gatewayTopology: ProxyConfig['gatewayTopology'];
  readonly connection?: ConnectionSettings | undefined;
  readonly outboundPort: number;
  readonly inboundPort: number;
  readonly httpProxyPort: number;
  readonly detectionTimeoutMs: number;
  readonly accessLog: AccessLog;
  readonly pathNormalization: MeshConfig['pathNormalization'];
  readonly inboundStatName: string;
  readonly outboundStatName: string;
  readonly inboundRetries?: MeshConfig['defaultInboundHttpRetryPolicy'];
  /** Of who may call within the mesh; empty: any. */
  readonly trustDomains: readonly string[];
  readonly tlsDefaults: MeshConfig['tlsDefaults'];
  readonly meshMtlsMinVersion: MeshConfig['meshMtlsMinVersion'];
  readonly meshMtlsCipherSuites: readonly string[];
  /** Ranges of the mesh's networks: who asks from there is inside. Absent: nobody wrote any. */
  readonly internalRanges?: readonly string[] | undefined;
}

/** Narrows the mesh's settings and a proxy down to what its listeners depend on. */
export function getListenerSettings(mesh: MeshConfig, proxy: ProxyClass, cache: CompileCache): ListenerSettings {
  const settings: ListenerSettings = {
    ...narrowProxy(proxy),
    ...narrowMesh(mesh, proxy),
    ...narrowFeatures(mesh, proxy),
  };
  // By content: mesh and class are new values after any change, also of something that no listener looks at.
  return cache.call(parseSettings, JSON.stringify(settings));
}

function parseSettings(text: string): ListenerSettings {
  return JSON.parse(text);
}

function narrowProxy({ type, ipMode, interception, capabilities, settings, proxyConfig }: ProxyClass) {
  return {
    type,
    ipMode,
    interception,
    istioFilters: capabilities.istioFilters,
    identity: capabilities.identity,
    ...(settings.serverFiles && { serverFiles: settings.serverFiles }),
    idleTimeoutMs: settings.idleTimeoutMs,
    unprivileged: settings.unprivileged,
    inboundExactBalance: settings.inboundExactBalance,
    outboundExactBalance: settings.outboundExactBalance,
    dnsCapture: settings.dnsCapture,
    reservedPorts: settings.reservedPorts,
    proxyHeaders: proxyConfig.proxyHeaders,
    gatewayTopology: proxyConfig.gatewayTopology,
  };
}

function narrowMesh(mesh: MeshConfig, proxy: ProxyClass) {
  const connection = proxy.proxyConfig.connectionSettings ?? mesh.defaultConfig.connectionSettings;
  return {
    connection: connection && withProfileDefaults(connection, proxy.type),
    outboundPort: mesh.proxyListenPort,
    inboundPort: mesh.proxyInboundListenPort,
    httpProxyPort: proxy.settings.httpProxyPort ?? mesh.proxyHttpPort,
    detectionTimeoutMs: mesh.protocolDetectionTimeoutMs,
    accessLog: mesh.accessLog,
    pathNormalization: mesh.pathNormalization,
    inboundStatName: mesh.inboundClusterStatName,
    outboundStatName: mesh.outboundClusterStatName,
    inboundRetries: mesh.defaultInboundHttpRetryPolicy,
    trustDomains: mesh.features.checksTrustDomain ? listTrustDomains(mesh) : [],
    tlsDefaults: mesh.tlsDefaults,
    meshMtlsMinVersion: mesh.meshMtlsMinVersion,
    meshMtlsCipherSuites: mesh.meshMtlsCipherSuites,
    ...(mesh.networks && { internalRanges: listRanges(mesh.networks) }),
  };
}

function listTrustDomains({ trustDomain, trustDomainAliases, caTrustDomains }: MeshConfig): readonly string[] {
  const all = [trustDomain, ...trustDomainAliases, ...caTrustDomains];
  return [...new Set(all)].filter((domain) => domain !== '');
}

function narrowFeatures({ features }: MeshConfig, { settings }: ProxyClass) {
  const { compliance, http10, sidecarUsesRemoteAddress, mongoFilter, dualStack, headlessChains } = features;
  const { acceptsPerEvent, transportConnectTimeoutMs } = features;
  return {
    compliance,
    http10: http10 || settings.http10,
    sidecarUsesRemoteAddress,
    mongoFilter,
    dualStack,
    headlessChains,
    acceptsPerEvent,
    transportConnectTimeoutMs,
  };
}
