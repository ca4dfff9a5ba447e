import { isIP } from 'node:net';
import { toAddressJson } from './address.ts';
import { HTTP2 } from './bootstrap-clusters.ts';
import { compileMeshTls } from './bootstrap-mesh-tls.ts';
import type { ClientTlsJson, TelemetryServer, TelemetrySettings } from './settings/telemetry-settings.ts';

/** What telemetry adds to a bootstrap. */
export interface TelemetryJson {
  readonly clusters: readonly object[];
  readonly tracing?: object;
  readonly stats_sinks?: readonly object[];
}

/** Compiles the ways of Envoy's own telemetry. @param service How this proxy is named in traces */
export function compileTelemetry(settings: TelemetrySettings, service: string): TelemetryJson {
  const { tracing, metricsService, accessLogService, statsd } = settings;
  const sinks = [
    ...(metricsService === undefined ? [] : [METRICS_SINK]),
    ...(statsd === undefined ? [] : [compileStatsdSink(statsd)]),
  ];
  return {
    clusters: [
      ...(tracing === undefined ? [] : [compileServer(TRACER_CLUSTERS[tracing.kind], tracing.server)]),
      ...(metricsService === undefined
        ? []
        : [{ ...compileServer('envoy_metrics_service', metricsService, ['h2']), ...HTTP2 }]),
      ...(accessLogService === undefined
        ? []
        : [{ ...compileServer('envoy_accesslog_service', accessLogService, ['h2']), ...HTTP2 }]),
    ],
    ...(tracing !== undefined && { tracing: compileTracing(tracing.kind, service) }),
    ...(sinks.length > 0 && { stats_sinks: sinks }),
  };
}

const TRACER_CLUSTERS = { zipkin: 'zipkin', datadog: 'datadog_agent' } as const;

function compileTracing(kind: 'zipkin' | 'datadog', service: string): object {
  const typed_config =
    kind === 'zipkin'
      ? {
          '@type': 'type.googleapis.com/envoy.config.trace.v3.ZipkinConfig',
          collector_cluster: 'zipkin',
          collector_endpoint: '/api/v2/spans',
          collector_endpoint_version: 'HTTP_JSON',
          trace_id_128bit: true,
          shared_span_context: false,
        }
      : {
          '@type': 'type.googleapis.com/envoy.config.trace.v3.DatadogConfig',
          collector_cluster: 'datadog_agent',
          service_name: service,
        };
  return { http: { name: `envoy.tracers.${kind}`, typed_config } };
}

const METRICS_SINK = {
  name: 'envoy.stat_sinks.metrics_service',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig',
    transport_api_version: 'V3',
    grpc_service: { envoy_grpc: { cluster_name: 'envoy_metrics_service' } },
  },
};

function compileStatsdSink(address: TelemetryServer['address']): object {
  return {
    name: 'envoy.stat_sinks.statsd',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.config.metrics.v3.StatsdSink',
      address: { socket_address: { ...toSocketAddress(address), protocol: 'UDP' } },
    },
  };
}

function toSocketAddress({ host, port }: TelemetryServer['address']) {
  return { address: host, port_value: port };
}

function compileServer(name: string, { address, tls }: TelemetryServer, alpn: readonly string[] = []): object {
  return {
    name,
    alt_stat_name: `${name};`,
    type: isIP(address.host) === 0 ? 'STRICT_DNS' : 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: toAddressJson(address) } }] }],
    },
    ...(tls !== undefined && { transport_socket: compileTls(tls, alpn) }),
  };
}

/** @see istio networking/v1alpha3/destination_rule.proto `ClientTLSSettings` */
function compileTls(tls: ClientTlsJson, alpn: readonly string[]): object {
  const isMesh = tls.mode === 'ISTIO_MUTUAL';
  const names = Array.isArray(tls.subjectAltNames) ? tls.subjectAltNames.map(String) : [];
  const match = names.length === 0 ? {} : { match_typed_subject_alt_names: names.flatMap(toMatchers) };
  return {
    name: 'envoy.transport_sockets.tls',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
      ...(typeof tls.sni === 'string' && tls.sni !== '' && { sni: tls.sni }),
      common_tls_context: {
        ...(alpn.length > 0 && { alpn_protocols: alpn }),
        ...(isMesh ? compileMeshTls(match) : compileFiles(tls, match)),
      },
    },
  };
}

function toMatchers(name: string): readonly object[] {
  return ['DNS', 'URI'].map((san_type) => ({ san_type, matcher: { exact: name } }));
}

function compileFiles({ caCertificates, clientCertificate, privateKey }: ClientTlsJson, match: object): object {
  const roots =
    typeof caCertificates === 'string' && caCertificates !== '' ? { trusted_ca: { filename: caCertificates } } : {};
  const chain = typeof clientCertificate === 'string' && clientCertificate !== '' ? clientCertificate : undefined;
  return {
    ...('trusted_ca' in roots && { validation_context: { ...roots, ...match } }),
    ...(chain !== undefined && {
      tls_certificates: [{ certificate_chain: { filename: chain }, private_key: { filename: privateKey } }],
    }),
  };
}
