import { packAny } from '../../gen/codec.ts';
import type {
  envoy_config_core_v3_ConfigSource,
  envoy_config_core_v3_Http1ProtocolOptions,
  envoy_config_core_v3_Http2ProtocolOptions,
  envoy_config_core_v3_HttpProtocolOptions,
  envoy_config_route_v3_RouteConfiguration,
  envoy_extensions_filters_network_http_connection_manager_v3_HttpConnectionManager as HttpConnectionManager,
} from '../../gen/messages.ts';
import { isHttp2, type Protocol } from '../../model/protocol.ts';
import { toCidrRange } from '../address.ts';
import { type Extension, toExtension } from '../extension.ts';
import type { ListenerSide } from '../filter/http-filter.ts';
import { compileHttpFilters } from '../filter/order.ts';
import { durationOf, FALSE, TRUE, uint32Of } from '../wire.ts';
import { compileAccessLogs } from './access-log.ts';
import { compileClientCertHeaders, compileServerHeader } from './proxy-headers.ts';
import type { ListenerSettings } from './settings.ts';

/** What differs between the connection managers of one proxy. */
export interface ConnectionManagerInput {
  readonly side: ListenerSide;
  readonly statPrefix: string;
  readonly route: { readonly rds: string } | { readonly inline: envoy_config_route_v3_RouteConfiguration };
  /** Protocols of the ports that share it; of one port, inbound and at gateways. */
  readonly protocols: readonly Protocol[];
  readonly dynamicHosts?: readonly string[];
  readonly allowAnyDynamicDns?: boolean;
  /** Serves as an explicit HTTP proxy: request lines carry whole URLs. */
  readonly explicitProxy?: boolean;
}

/** Everything comes over the one ADS stream, and is waited for without a limit. */
const FROM_ADS: envoy_config_core_v3_ConfigSource = {
  ads: {},
  initial_fetch_timeout: durationOf(0),
  resource_api_version: 'V3',
};

/**
 * Compiles the network filter that speaks HTTP.
 * @see istio pilot/pkg/networking/core/listener_builder.go `buildHTTPConnectionManager`
 */
export function compileHttpConnectionManager(settings: ListenerSettings, input: ConnectionManagerInput): Extension {
  return toExtension(
    'envoy.filters.network.http_connection_manager',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    {
      codec_type: 'AUTO',
      stat_prefix: input.statPrefix,
      ...compileRoute(input),
      http_filters: compileFilters(settings, input),
      ...compileProtocolOptions(settings, input),
      ...compileTimeouts(settings),
      ...compilePathOptions(settings),
      ...compileServerHeader(settings.proxyHeaders, input.side),
      ...compileClientCertHeaders(settings, input.side),
      ...compileSideOptions(settings, input.side),
      access_log: compileAccessLogs(settings.accessLog),
      append_x_forwarded_port: settings.proxyHeaders.xForwardedPort,
      proxy_100_continue: true,
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      request_id_extension: compileRequestId(),
      ...(settings.proxyHeaders.requestIdDisabled && { generate_request_id: FALSE }),
    },
  );
}

function compileRequestId() {
  const type = 'envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig';
  return { typed_config: packAny(type, { use_request_id_for_trace_sampling: TRUE }) };
}

function compileRoute({ route }: ConnectionManagerInput): Pick<HttpConnectionManager, 'rds' | 'route_config'> {
  return 'rds' in route
    ? { rds: { config_source: FROM_ADS, route_config_name: route.rds } }
    : { route_config: route.inline };
}

function compileFilters(settings: ListenerSettings, input: ConnectionManagerInput): readonly Extension[] {
  return compileHttpFilters({
    side: input.side,
    settings,
    protocols: input.protocols,
    dynamicHosts: input.dynamicHosts ?? [],
    allowAnyDynamicDns: input.allowAnyDynamicDns ?? false,
    skipExternalMetadata: settings.proxyHeaders.metadataExchangeInMesh && !input.explicitProxy,
  });
}

function compileProtocolOptions(settings: ListenerSettings, input: ConnectionManagerInput) {
  const http1 = compileHttp1Options(settings, input);
  const http2 = compileHttp2Options(settings, input);
  return { ...(http1 && { http_protocol_options: http1 }), ...(http2 && { http2_protocol_options: http2 }) };
}

function compileHttp1Options(
  settings: ListenerSettings,
  input: ConnectionManagerInput,
): envoy_config_core_v3_Http1ProtocolOptions | undefined {
  const options = {
    ...(input.explicitProxy && { allow_absolute_url: TRUE }),
    ...(settings.http10 && { accept_http_10: true }),
    ...(settings.proxyHeaders.preserveHttp1HeaderCase && { header_key_format: compileCasePreservation() }),
  };
  return input.side === 'gateway' || Object.keys(options).length > 0 ? options : undefined;
}

function compileCasePreservation() {
  return {
    stateful_formatter: toExtension(
      'preserve_case',
      'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
      {},
    ),
  };
}

function compileHttp2Options(
  { connection }: ListenerSettings,
  { side, protocols }: ConnectionManagerInput,
): envoy_config_core_v3_Http2ProtocolOptions | undefined {
  const streams = connection?.httpMaxConcurrentStreams;
  const streamWindow = connection?.http2InitialStreamWindowBytes;
  const connectionWindow = connection?.http2InitialConnectionWindowBytes;
  const options = {
    ...(streams !== undefined && { max_concurrent_streams: uint32Of(streams) }),
    ...(streamWindow !== undefined && { initial_stream_window_size: uint32Of(streamWindow) }),
    ...(connectionWindow !== undefined && { initial_connection_window_size: uint32Of(connectionWindow) }),
  };
  const declared = side === 'inbound' && protocols.some(isHttp2);
  return declared || Object.keys(options).length > 0 ? options : undefined;
}

function compileTimeouts({ idleTimeoutMs, connection = { profile: 'sidecar' } }: ListenerSettings) {
  const common = compileCommonOptions(connection.httpIdleTimeoutMs ?? idleTimeoutMs, connection);
  const { httpRequestTimeoutMs, httpRequestHeadersTimeoutMs, httpDrainTimeoutMs } = connection;
  return {
    ...(Object.keys(common).length > 0 && { common_http_protocol_options: common }),
    // Envoy's five minutes would end server-sent events and long polls.
    stream_idle_timeout: durationOf(connection.httpStreamIdleTimeoutMs ?? 0),
    ...(httpRequestTimeoutMs !== undefined && { request_timeout: durationOf(httpRequestTimeoutMs) }),
    ...(httpRequestHeadersTimeoutMs !== undefined && {
      request_headers_timeout: durationOf(httpRequestHeadersTimeoutMs),
    }),
    ...(httpDrainTimeoutMs !== undefined && { drain_timeout: durationOf(httpDrainTimeoutMs) }),
  };
}

function compileCommonOptions(
  idleTimeoutMs: number | undefined,
  connection: NonNullable<ListenerSettings['connection']>,
): envoy_config_core_v3_HttpProtocolOptions {
  const { httpMaxConnectionDurationMs, httpMaxStreamDurationMs, headersWithUnderscores } = connection;
  return {
    ...(idleTimeoutMs !== undefined && { idle_timeout: durationOf(idleTimeoutMs) }),
    ...(httpMaxConnectionDurationMs !== undefined && {
      max_connection_duration: durationOf(httpMaxConnectionDurationMs),
    }),
    ...(httpMaxStreamDurationMs !== undefined && { max_stream_duration: durationOf(httpMaxStreamDurationMs) }),
    ...(headersWithUnderscores && { headers_with_underscores_action: headersWithUnderscores }),
  };
}

function compilePathOptions({ pathNormalization, connection }: ListenerSettings) {
  const merges = pathNormalization === 'MERGE_SLASHES' || pathNormalization === 'DECODE_AND_MERGE_SLASHES';
  const decodes = pathNormalization === 'DECODE_AND_MERGE_SLASHES';
  return {
    normalize_path: pathNormalization === 'NONE' ? FALSE : TRUE,
    merge_slashes: connection?.mergeSlashes ?? merges,
    path_with_escaped_slashes_action:
      connection?.pathWithEscapedSlashes ?? (decodes ? 'UNESCAPE_AND_FORWARD' : 'KEEP_UNCHANGED'),
  } as const;
}

/** Only a gateway sees its clients directly; a sidecar's peer is the application, or a proxy that already said who asked. */
function compileSideOptions(settings: ListenerSettings, side: ListenerSide) {
  const { gatewayTopology, sidecarUsesRemoteAddress } = settings;
  if (side !== 'gateway' && !(side === 'outbound' && sidecarUsesRemoteAddress)) return { use_remote_address: FALSE };
  return {
    use_remote_address: TRUE,
    ...(side === 'gateway' && { xff_num_trusted_hops: gatewayTopology.numTrustedProxies }),
    ...compileInternalAddresses(settings),
  };
}

/**
 * Which peers count as internal, once it is their address that says so: those in a range of the mesh's networks.
 * @see istio pilot/pkg/networking/core/listener.go `buildHTTPConnectionManager`
 */
function compileInternalAddresses({ internalRanges = [] }: ListenerSettings) {
  const ranges = internalRanges.flatMap((text) => toCidrRange(text) ?? []);
  return ranges.length > 0 && { internal_address_config: { cidr_ranges: ranges } };
}
