import { packAny } from '../../gen/codec.ts';
import type {
  envoy_config_cluster_v3_Cluster,
  envoy_config_core_v3_Http1ProtocolOptions,
  envoy_config_core_v3_Http2ProtocolOptions,
  envoy_config_core_v3_HttpProtocolOptions,
  envoy_config_core_v3_UpstreamHttpProtocolOptions,
  envoy_extensions_upstreams_http_v3_HttpProtocolOptions,
} from '../../gen/messages.ts';
import { isHttp, isHttp2, isHttpOrSniffed, type Protocol } from '../../model/protocol.ts';
import type { ConnectionPool, OutlierDetection } from '../../model/traffic-policy.ts';
import { durationOf, uint32Of } from '../wire.ts';
import { compileErrorMatcher } from './outlier-detection.ts';
import type { ClusterSettings } from './settings.ts';

type HttpOptions = envoy_extensions_upstreams_http_v3_HttpProtocolOptions;
type Http1Options = envoy_config_core_v3_Http1ProtocolOptions;
type Http2Options = envoy_config_core_v3_Http2ProtocolOptions;

const EXTENSION = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

/** Which HTTP a cluster speaks: one version, whichever the client spoke, or nothing special (HTTP/1.1 where it is HTTP). */
export type UpstreamHttp = 'http1' | 'http2' | 'as-client' | 'unspecified';

/**
 * Chooses the HTTP version of a cluster.
 *
 * Only sidecars follow the client on sniffed ports: a gateway offers `h2` to everybody, so its clients' choice says nothing of the server.
 * Upgrades are for the outbound side, and for ports of which nothing else decides: neither the client, nor the case of HTTP/1.1 headers.
 * @see istio pilot/pkg/networking/core/cluster_builder.go `setUpstreamProtocol`
 */
export function findUpstreamHttp(
  protocol: Protocol,
  pool: ConnectionPool | undefined,
  settings: ClusterSettings,
  direction: 'outbound' | 'inbound' = 'outbound',
): UpstreamHttp {
  if (pool?.http?.useClientProtocol) return 'as-client';
  if (isHttp2(protocol)) return 'http2';
  if (protocol === 'auto' && settings.type === 'sidecar') return 'as-client';
  if (isHttpOrSniffed(protocol) && settings.preserveHeaderCase) return 'http1';
  return direction === 'outbound' && isUpgraded(protocol, pool, settings) ? 'http2' : 'unspecified';
}

function isUpgraded(protocol: Protocol, pool: ConnectionPool | undefined, settings: ClusterSettings): boolean {
  const policy = pool?.http?.h2UpgradePolicy;
  // The mesh-wide policy is for ports that say that they are HTTP; a rule's own is taken at its word.
  return policy === undefined ? settings.h2Upgrade && isHttp(protocol) : policy === 'upgrade';
}

/** What HTTP protocol options are made of. */
export interface HttpOptionsInput {
  readonly http: UpstreamHttp;
  readonly pool?: ConnectionPool | undefined;
  readonly outlierDetection?: OutlierDetection | undefined;
  /** How TLS finds out the name of the server. */
  readonly upstream?: envoy_config_core_v3_UpstreamHttpProtocolOptions | undefined;
}

/** The field of a cluster that carries its HTTP options; empty when there are none. */
export function compileHttpProtocolOptions(
  input: HttpOptionsInput,
  settings: ClusterSettings,
): Pick<envoy_config_cluster_v3_Cluster, 'typed_extension_protocol_options'> {
  const { http, pool, outlierDetection, upstream } = input;
  const common = compileCommon(pool);
  const errorMatcher = compileErrorMatcher(outlierDetection?.httpErrorCodes ?? []);
  if (http === 'unspecified' && !common && !errorMatcher && !upstream) return {};
  const options: HttpOptions = {
    ...compileVersion(http, pool, settings),
    ...(common && { common_http_protocol_options: common }),
    ...(upstream && { upstream_http_protocol_options: upstream }),
    ...(errorMatcher && { outlier_detection: { error_matcher: errorMatcher } }),
  };
  return toProtocolOptions(options);
}

/** HTTP options as the extension that Envoy looks for in a cluster. */
export function toProtocolOptions(
  options: HttpOptions,
): Pick<envoy_config_cluster_v3_Cluster, 'typed_extension_protocol_options'> {
  return { typed_extension_protocol_options: { [EXTENSION]: packAny(EXTENSION, options) } };
}

function compileVersion(http: UpstreamHttp, pool: ConnectionPool | undefined, settings: ClusterSettings): HttpOptions {
  switch (http) {
    case 'http2':
      return { explicit_http_config: { http2_protocol_options: compileHttp2(pool) } };
    case 'as-client':
      return compileAsClient(settings);
    case 'http1':
      return { explicit_http_config: { http_protocol_options: compileHttp1(settings) } };
    case 'unspecified':
      // Envoy demands a choice as soon as there are options at all.
      return { explicit_http_config: { http_protocol_options: {} } };
  }
}

/** Speaks to the server what the client spoke. */
export function compileAsClient(settings: Pick<ClusterSettings, 'preserveHeaderCase'>): HttpOptions {
  return {
    use_downstream_protocol_config: { http_protocol_options: compileHttp1(settings), http2_protocol_options: {} },
  };
}

function compileHttp1({ preserveHeaderCase }: Pick<ClusterSettings, 'preserveHeaderCase'>): Http1Options {
  return preserveHeaderCase ? { header_key_format: PRESERVED_CASE } : {};
}

const PRESERVED_CASE: NonNullable<Http1Options['header_key_format']> = {
  stateful_formatter: {
    name: 'preserve_case',
    typed_config: packAny('envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig', {}),
  },
};

/** Only clusters of HTTP/2 alone have these: where the client chooses the version, Istio leaves them out. */
function compileHttp2(pool: ConnectionPool | undefined): Http2Options {
  const { maxConcurrentStreams, keepalive } = pool?.http ?? {};
  return {
    ...(maxConcurrentStreams && { max_concurrent_streams: uint32Of(maxConcurrentStreams) }),
    ...(keepalive && {
      connection_keepalive: {
        ...(keepalive.intervalMs !== undefined && { interval: durationOf(keepalive.intervalMs) }),
        ...(keepalive.timeoutMs !== undefined && { timeout: durationOf(keepalive.timeoutMs) }),
      },
    }),
  };
}

/** Present as soon as one of the settings is, also where only HTTP/2 could use it. */
function compileCommon(pool: ConnectionPool | undefined): envoy_config_core_v3_HttpProtocolOptions | undefined {
  const { tcp, http } = pool ?? {};
  const idleTimeoutMs = http?.idleTimeoutMs ?? tcp?.idleTimeoutMs;
  const maxDurationMs = tcp?.maxConnectionDurationMs;
  const isSet =
    idleTimeoutMs !== undefined ||
    maxDurationMs !== undefined ||
    http?.maxRequestsPerConnection ||
    http?.maxConcurrentStreams ||
    http?.keepalive;
  if (!isSet) return undefined;
  return {
    ...(idleTimeoutMs !== undefined && { idle_timeout: durationOf(idleTimeoutMs) }),
    ...(http?.maxRequestsPerConnection && { max_requests_per_connection: uint32Of(http.maxRequestsPerConnection) }),
    ...(maxDurationMs !== undefined && { max_connection_duration: durationOf(maxDurationMs) }),
  };
}
