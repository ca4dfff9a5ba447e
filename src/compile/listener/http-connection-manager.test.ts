import { describe, expect, it } from 'vitest';
import { meshConfig, proxyConfig } from '../../../test/support/mesh.ts';
import { type ProxyOptions, sidecarClass } from '../../../test/support/scopes.ts';
import { toJson } from '../../gen/codec.ts';
import type { MeshConfig, ProxyHeaders } from '../../model/mesh-config.ts';
import { CompileCache } from '../cache.ts';
import type { ListenerSide } from '../filter/http-filter.ts';
import { compileHttpConnectionManager, type ConnectionManagerInput } from './http-connection-manager.ts';
import { getListenerSettings } from './settings.ts';

const TYPE = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

function compile(
  side: ListenerSide,
  options: { mesh?: Partial<MeshConfig>; proxy?: ProxyOptions; input?: Partial<ConnectionManagerInput> } = {},
): Readonly<Record<string, unknown>> {
  const proxy = sidecarClass({ type: side === 'gateway' ? 'router' : 'sidecar', ...options.proxy });
  const settings = getListenerSettings(meshConfig(options.mesh), proxy, new CompileCache());
  const input = { side, statPrefix: 'x;', route: { rds: '80' }, protocols: ['http'], ...options.input } as const;
  const { typed_config } = compileHttpConnectionManager(settings, input);
  return toJson(TYPE, typed_config.value) as Record<string, unknown>;
}

const headers = (rest: Partial<ProxyHeaders>): ProxyOptions => ({
  proxyConfig: { proxyHeaders: { ...proxyConfig().proxyHeaders, ...rest } },
});
const filters = (manager: Readonly<Record<string, unknown>>) =>
  (manager.http_filters as { name: string }[]).map(({ name }) => name.replace('envoy.filters.http.', ''));

describe('compileHttpConnectionManager', () => {
  it('compiles what is the same for all sidecars', () => {
    const { http_filters, ...manager } = compile('outbound');
    expect(http_filters).toHaveLength(4);
    expect(manager).toEqual({
      stat_prefix: 'x;',
      rds: {
        config_source: { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' },
        route_config_name: '80',
      },
      use_remote_address: false,
      stream_idle_timeout: '0s',
      normalize_path: true,
      path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
      proxy_100_continue: true,
      upgrade_configs: [{ upgrade_type: 'websocket' }],
      request_id_extension: {
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig',
          use_request_id_for_trace_sampling: true,
        },
      },
    });
  });

  it.each<{ side: ListenerSide; ranges: boolean }>([
    { side: 'gateway', ranges: true },
    { side: 'outbound', ranges: false },
    { side: 'inbound', ranges: false },
  ])('counts networks of the mesh as internal where addresses are believed: $side $ranges', ({ side, ranges }) => {
    const networks = [{ name: 'n', cidrs: ['10.0.0.0/8', '2001:db8::/32'], clusters: [], gateways: [] }];
    const { internal_address_config } = compile(side, { mesh: { networks } });
    expect(internal_address_config).toEqual(
      ranges
        ? {
            cidr_ranges: [
              { address_prefix: '10.0.0.0', prefix_len: 8 },
              { address_prefix: '2001:db8::', prefix_len: 32 },
            ],
          }
        : undefined,
    );
  });

  it.each<{ what: string; side: ListenerSide; istio: boolean; protocols?: readonly ['grpc-web']; names: string[] }>([
    {
      what: 'a server',
      side: 'inbound',
      istio: true,
      names: ['istio.metadata_exchange', 'grpc_stats', 'fault', 'cors', 'router'],
    },
    {
      what: 'a client',
      side: 'outbound',
      istio: true,
      names: ['istio.metadata_exchange', 'grpc_stats', 'istio.alpn', 'fault', 'cors', 'router'],
    },
    {
      what: 'a gateway',
      side: 'gateway',
      istio: true,
      names: ['istio.metadata_exchange', 'grpc_stats', 'istio.alpn', 'fault', 'cors', 'router'],
    },
    { what: 'stock Envoy', side: 'outbound', istio: false, names: ['grpc_stats', 'fault', 'cors', 'router'] },
    {
      what: 'a port of gRPC-Web',
      side: 'gateway',
      istio: false,
      protocols: ['grpc-web'],
      names: ['grpc_web', 'grpc_stats', 'fault', 'cors', 'router'],
    },
  ])('orders the filters of $what', ({ side, istio, protocols, names }) => {
    const manager = compile(side, {
      proxy: { capabilities: { istioFilters: istio } },
      ...(protocols && { input: { protocols } }),
    });
    expect(filters(manager)).toEqual(names);
  });

  it('resolves hosts by name through one cache per wildcard', () => {
    const input = { dynamicHosts: ['*.a.ex', '*.b.ex'], allowAnyDynamicDns: true };
    const manager = compile('outbound', { input, proxy: { settings: { dnsCapture: true } } });
    const caches = (manager.http_filters as { name: string; typed_config: object }[])
      .filter(({ name }) => name === 'envoy.filters.http.dynamic_forward_proxy')
      .map(({ typed_config }) => typed_config);
    const type = 'type.googleapis.com/envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig';
    expect(caches).toEqual([
      { '@type': type, dns_cache_config: { name: '*.a.ex_dfp_dns_cache', dns_lookup_family: 'V4_ONLY' } },
      { '@type': type, dns_cache_config: { name: '*.b.ex_dfp_dns_cache', dns_lookup_family: 'V4_ONLY' } },
      {
        '@type': type,
        dns_cache_config: {
          name: 'allow_any_dfp_dns_cache',
          dns_lookup_family: 'V4_ONLY',
          max_hosts: 1024,
          typed_dns_resolver_config: expect.objectContaining({ name: 'envoy.network.dns_resolver.cares' }),
        },
      },
    ]);
  });

  it.each<{ when: string; side: ListenerSide; rest: Partial<ProxyHeaders>; fields: object }>([
    { when: 'nothing is said', side: 'inbound', rest: {}, fields: { server_name: 'istio-envoy' } },
    {
      when: 'server is named',
      side: 'outbound',
      rest: { server: { disabled: false, value: 'w' } },
      fields: { server_name: 'w' },
    },
    {
      when: 'server is left alone',
      side: 'inbound',
      rest: { server: { disabled: true } },
      fields: { server_header_transformation: 'PASS_THROUGH' },
    },
    {
      when: 'no request ids are wanted',
      side: 'outbound',
      rest: { requestIdDisabled: true },
      fields: { generate_request_id: false },
    },
    {
      when: 'ports are forwarded',
      side: 'outbound',
      rest: { xForwardedPort: true },
      fields: { append_x_forwarded_port: true },
    },
    {
      when: 'callers are forwarded in another way',
      side: 'inbound',
      rest: { forwardedClientCert: 'SANITIZE_SET', setCurrentClientCertDetails: { subject: false, cert: true } },
      fields: {
        forward_client_cert_details: 'SANITIZE_SET',
        set_current_client_cert_details: { subject: false, cert: true, dns: true, uri: true },
      },
    },
    {
      when: 'the case of headers is kept',
      side: 'outbound',
      rest: { preserveHttp1HeaderCase: true },
      fields: {
        http_protocol_options: {
          header_key_format: {
            stateful_formatter: {
              name: 'preserve_case',
              typed_config: {
                '@type':
                  'type.googleapis.com/envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
              },
            },
          },
        },
      },
    },
  ])('does with headers what the proxy is told when $when', ({ side, rest, fields }) => {
    expect(compile(side, { proxy: headers(rest) })).toMatchObject(fields);
  });

  it('hides Envoy’s own headers, and tells strangers nothing of the workload', () => {
    const proxy = {
      ...headers({ envoyDebugHeadersDisabled: true, metadataExchangeInMesh: true }),
      capabilities: { istioFilters: true },
    };
    const [exchange, ...rest] = compile('outbound', { proxy }).http_filters as { typed_config: object }[];
    expect(exchange?.typed_config).toMatchObject({
      value: { upstream_propagation: [{ istio_headers: { skip_external_clusters: true } }] },
    });
    expect(rest.at(-1)?.typed_config).toMatchObject({ suppress_envoy_headers: true });
  });

  it.each<{ mode: MeshConfig['pathNormalization']; fields: object }>([
    { mode: 'NONE', fields: { normalize_path: false, path_with_escaped_slashes_action: 'KEEP_UNCHANGED' } },
    { mode: 'BASE', fields: { normalize_path: true, path_with_escaped_slashes_action: 'KEEP_UNCHANGED' } },
    { mode: 'MERGE_SLASHES', fields: { normalize_path: true, merge_slashes: true } },
    {
      mode: 'DECODE_AND_MERGE_SLASHES',
      fields: { merge_slashes: true, path_with_escaped_slashes_action: 'UNESCAPE_AND_FORWARD' },
    },
  ])('normalizes paths as $mode', ({ mode, fields }) => {
    expect(compile('inbound', { mesh: { pathNormalization: mode } })).toMatchObject(fields);
  });

  it.each<{ when: string; proxy: ProxyOptions; fields: object }>([
    {
      when: 'HTTP/1.0 is taken',
      proxy: { settings: { http10: true } },
      fields: { http_protocol_options: { accept_http_10: true } },
    },
    {
      when: 'connections may idle',
      proxy: { settings: { idleTimeoutMs: 1500 } },
      fields: { common_http_protocol_options: { idle_timeout: '1.500s' } },
    },
    {
      when: 'limits are set',
      proxy: {
        settings: { idleTimeoutMs: 1500 },
        proxyConfig: {
          connectionSettings: {
            profile: 'sidecar',
            httpIdleTimeoutMs: 2000,
            httpMaxConnectionDurationMs: 3000,
            httpMaxStreamDurationMs: 4000,
            httpDrainTimeoutMs: 5000,
            httpMaxConcurrentStreams: 7,
            headersWithUnderscores: 'DROP_HEADER',
          },
        },
      },
      fields: {
        common_http_protocol_options: {
          idle_timeout: '2s',
          max_connection_duration: '3s',
          max_stream_duration: '4s',
          headers_with_underscores_action: 'DROP_HEADER',
        },
        drain_timeout: '5s',
        http2_protocol_options: { max_concurrent_streams: 7 },
      },
    },
    {
      when: 'the profile is for gateways',
      proxy: { proxyConfig: { connectionSettings: { profile: 'edge' } } },
      fields: { stream_idle_timeout: '0s' },
    },
  ])('limits connections of a sidecar when $when', ({ proxy, fields }) => {
    expect(compile('outbound', { proxy })).toMatchObject(fields);
  });

  it('sends details of callers only in modes that take them', () => {
    const gatewayTopology = {
      numTrustedProxies: 0,
      proxyProtocol: false,
      forwardClientCertDetails: 'FORWARD_ONLY',
    } as const;
    const manager = compile('gateway', { proxy: { proxyConfig: { gatewayTopology } } });
    expect(manager.forward_client_cert_details).toBe('FORWARD_ONLY');
    expect(manager.set_current_client_cert_details).toBeUndefined();
  });
});
