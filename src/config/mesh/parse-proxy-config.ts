import type { Static } from 'typebox';
import type { ConnectionSettings } from '../../model/connection-settings.ts';
import type { ProxyConfig, ProxyHeaders } from '../../model/mesh-config.ts';
import { present } from '../present.ts';
import { findDurationMs } from '../schema/duration.ts';
import type { CONNECTION_SETTINGS, FORWARD_CLIENT_CERT, PROXY_CONFIG, PROXY_HEADERS } from './proxy-config-spec.ts';

export type WrittenProxyConfig = Static<typeof PROXY_CONFIG>;
type WrittenHeaders = Static<typeof PROXY_HEADERS>;
type WrittenSettings = Static<typeof CONNECTION_SETTINGS>;

/**
 * What a proxy is started with where nothing is written.
 * @see istio pkg/config/mesh/mesh.go `DefaultProxyConfig`
 */
const BOOTSTRAP_DEFAULTS = {
  configPath: './etc/istio/proxy',
  binaryPath: '/usr/local/bin/envoy',
  proxyAdminPort: 15000,
  controlPlaneAuthPolicy: 'MUTUAL_TLS',
  statNameLength: 189,
} as const;

/** Fills in what is not written. */
export function parseProxyConfig(written: WrittenProxyConfig): ProxyConfig {
  const {
    proxyHeaders,
    gatewayTopology,
    connectionSettings,
    statusPort,
    concurrency,
    discoveryAddress,
    drainDuration,
    terminationDrainDuration,
    ...rest
  } = written;
  const cluster = written.tracingServiceName === undefined ? { serviceCluster: 'istio-proxy' } : {};
  return {
    proxyHeaders: parseHeaders(proxyHeaders ?? {}),
    gatewayTopology: parseTopology(gatewayTopology ?? {}),
    statusPort: statusPort ?? 15020,
    discoveryAddress: discoveryAddress ?? 'istiod.istio-system.svc:15012',
    drainDurationMs: findMs(drainDuration) ?? 45_000,
    terminationDrainDurationMs: findMs(terminationDrainDuration) ?? 5_000,
    bootstrap: { ...BOOTSTRAP_DEFAULTS, ...cluster, ...rest },
    ...present({ concurrency, connectionSettings: connectionSettings && parseSettings(connectionSettings) }),
  };
}

function parseHeaders(headers: WrittenHeaders): ProxyHeaders {
  const { server } = headers;
  return {
    requestIdDisabled: headers.requestId?.disabled ?? false,
    attemptCountDisabled: headers.attemptCount?.disabled ?? false,
    envoyDebugHeadersDisabled: headers.envoyDebugHeaders?.disabled ?? false,
    metadataExchangeInMesh: headers.metadataExchangeHeaders?.mode === 'IN_MESH',
    preserveHttp1HeaderCase: headers.preserveHttp1HeaderCase ?? false,
    xForwardedHost: headers.xForwardedHost?.enabled ?? false,
    xForwardedPort: headers.xForwardedPort?.enabled ?? false,
    ...present({
      forwardedClientCert: toForwarding(headers.forwardedClientCert),
      setCurrentClientCertDetails: headers.setCurrentClientCertDetails,
      server: server && { disabled: server.disabled ?? false, ...present({ value: server.value || undefined }) },
    }),
  };
}

function parseTopology({
  numTrustedProxies = 0,
  forwardClientCertDetails,
  proxyProtocol,
}: NonNullable<WrittenProxyConfig['gatewayTopology']>): ProxyConfig['gatewayTopology'] {
  return {
    numTrustedProxies,
    proxyProtocol: proxyProtocol !== undefined,
    ...present({ forwardClientCertDetails: toForwarding(forwardClientCertDetails) }),
  };
}

function toForwarding(mode: Static<typeof FORWARD_CLIENT_CERT> | undefined): ProxyHeaders['forwardedClientCert'] {
  return mode === 'UNDEFINED' ? undefined : mode;
}

const UNDERSCORES = {
  HEADERS_WITH_UNDERSCORES_UNSPECIFIED: undefined,
  HEADERS_WITH_UNDERSCORES_ALLOW: 'ALLOW',
  HEADERS_WITH_UNDERSCORES_REJECT_REQUEST: 'REJECT_REQUEST',
  HEADERS_WITH_UNDERSCORES_DROP_HEADER: 'DROP_HEADER',
} as const;

function parseSettings(settings: WrittenSettings): ConnectionSettings {
  const { httpHeadersWithUnderscoresAction: underscores, httpPathWithEscapedSlashesAction: slashes } = settings;
  return {
    profile: settings.profile === 'EDGE' ? 'edge' : 'sidecar',
    ...present({
      listenerBufferLimitBytes: settings.listenerPerConnectionBufferLimitBytes,
      clusterBufferLimitBytes: settings.clusterPerConnectionBufferLimitBytes,
      httpIdleTimeoutMs: findMs(settings.httpIdleTimeout),
      httpMaxConnectionDurationMs: findMs(settings.httpMaxConnectionDuration),
      httpDrainTimeoutMs: findMs(settings.httpDrainTimeout),
      httpRequestTimeoutMs: findMs(settings.httpRequestTimeout),
      httpRequestHeadersTimeoutMs: findMs(settings.httpRequestHeadersTimeout),
      httpStreamIdleTimeoutMs: findMs(settings.httpStreamIdleTimeout),
      httpMaxStreamDurationMs: findMs(settings.httpMaxStreamDuration),
      httpMaxConcurrentStreams: settings.httpMaxConcurrentStreams,
      http2InitialStreamWindowBytes: settings.http2InitialStreamWindowSize,
      http2InitialConnectionWindowBytes: settings.http2InitialConnectionWindowSize,
      headersWithUnderscores: underscores && UNDERSCORES[underscores],
      mergeSlashes: settings.httpMergeSlashes,
      pathWithEscapedSlashes: slashes === 'PATH_WITH_ESCAPED_SLASHES_UNSPECIFIED' ? undefined : slashes,
    }),
  };
}

function findMs(duration: string | undefined): number | undefined {
  return duration === undefined ? undefined : findDurationMs(duration);
}
