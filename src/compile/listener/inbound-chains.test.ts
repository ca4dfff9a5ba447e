import { describe, expect, it } from 'vitest';
import type { MtlsMode } from '../../model/peer-authentication.ts';
import { inboundListeners, type ListenerJson, outline } from '../../../test/support/listeners.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service } from '../../../test/support/model.ts';
import { inboundScope, type ProxyOptions, sidecarClass } from '../../../test/support/scopes.ts';
import { encodeMessage, toJson } from '../../gen/codec.ts';
import { objectKey } from '../../model/object.ts';
import type { Protocol } from '../../model/protocol.ts';
import type { ServicePort } from '../../model/service.ts';
import { CompileCache } from '../cache.ts';
import { compileInboundChains } from './inbound-chains.ts';
import { getListenerSettings } from './settings.ts';

const port = (number: number, protocol: Protocol, rest: Partial<ServicePort> = {}): ServicePort => ({
  name: `${protocol}-${number}`,
  number,
  protocol,
  ...rest,
});
const web = (...ports: ServicePort[]) => service('default', 'web', { ports });
const NO_IDENTITY: ProxyOptions = { capabilities: { identity: 'none' } };

const MESH = 'application_protocols:[istio,istio-peer-exchange,istio-http/1.0,istio-http/1.1,istio-h2]';
const MESH_HTTP = 'application_protocols:[istio-http/1.0,istio-http/1.1,istio-h2]';
const PLAIN_HTTP = 'transport_protocol:raw_buffer,application_protocols:[http/1.1,h2c]';

const virtual = (scope: ReturnType<typeof inboundScope>, proxy: ProxyOptions = {}) =>
  inboundListeners(scope, proxy).listeners.virtualInbound;

describe('chains of a port', () => {
  const modes = ['permissive', 'strict', 'disable'] as const;
  const table: Record<MtlsMode, Record<'http' | 'tcp' | 'auto', string[]>> = {
    permissive: {
      http: [`{transport_protocol:tls,${MESH}} -> TLS http`, '{transport_protocol:raw_buffer} -> http'],
      tcp: [
        `{transport_protocol:tls,${MESH}} -> TLS tcp`,
        '{transport_protocol:tls} -> tcp',
        '{transport_protocol:raw_buffer} -> tcp',
      ],
      auto: [
        `{transport_protocol:tls,${MESH_HTTP}} -> TLS http`,
        `{${PLAIN_HTTP}} -> http`,
        '{transport_protocol:tls,application_protocols:[istio-peer-exchange,istio]} -> TLS tcp',
        '{transport_protocol:raw_buffer} -> tcp',
        '{transport_protocol:tls} -> tcp',
      ],
    },
    strict: {
      http: ['{transport_protocol:tls} -> TLS http'],
      tcp: ['{transport_protocol:tls} -> TLS tcp'],
      auto: [`{transport_protocol:tls,${MESH_HTTP}} -> TLS http`, '{transport_protocol:tls} -> TLS tcp'],
    },
    disable: {
      http: ['{transport_protocol:raw_buffer} -> http'],
      tcp: ['{transport_protocol:raw_buffer} -> tcp'],
      auto: [`{${PLAIN_HTTP}} -> http`, '{transport_protocol:raw_buffer} -> tcp'],
    },
  };
  const rows = modes.flatMap((mode) =>
    (['http', 'tcp', 'auto'] as const).map((protocol) => ({ mode, protocol, chains: table[mode][protocol] })),
  );

  it.each(rows)('are as Istio has them for $protocol in mode $mode', ({ mode, protocol, chains }) => {
    const settings = getListenerSettings(meshConfig(), sidecarClass(), new CompileCache());
    const filter_chains = compileInboundChains(settings, {
      targetPort: 9,
      servicePort: 9,
      protocol,
      mode,
      host: 'h',
      statPrefix: 's',
      binds: ['0.0.0.0'],
      realBind: false,
      origin: objectKey('Service', 'default', 'web'),
    });
    const bytes = encodeMessage('envoy.config.listener.v3.Listener', { filter_chains });
    const lines = outline(toJson('envoy.config.listener.v3.Listener', bytes) as ListenerJson);
    const short = (line: string) => line.replace('destination_port:9,', '').replace(/\(.*/, '');
    expect(lines.map(short)).toEqual(chains);
  });

  it('end mTLS with the certificates of the agent, for clients of the mesh only', () => {
    const mesh = meshConfig({ trustDomain: 'td1', trustDomainAliases: ['td2', 'td1'] });
    const chains = virtual(inboundScope([web(port(80, 'http'), port(90, 'tcp'))], { mesh }))?.filter_chains ?? [];
    const sockets = chains
      .filter(({ transport_socket }) => transport_socket)
      .map(({ transport_socket }) => transport_socket);
    const [http] = sockets.slice(2);
    expect(http).toEqual({
      name: 'envoy.transport_sockets.tls',
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
        require_client_certificate: true,
        common_tls_context: {
          alpn_protocols: ['h2', 'http/1.1'],
          tls_params: {
            tls_minimum_protocol_version: 'TLSv1_2',
            tls_maximum_protocol_version: 'TLSv1_3',
            cipher_suites: [
              'ECDHE-ECDSA-AES256-GCM-SHA384',
              'ECDHE-RSA-AES256-GCM-SHA384',
              'ECDHE-ECDSA-AES128-GCM-SHA256',
              'ECDHE-RSA-AES128-GCM-SHA256',
              'AES256-GCM-SHA384',
              'AES128-GCM-SHA256',
            ],
          },
          tls_certificate_sds_secret_configs: [{ name: 'default', sds_config: fromAgent() }],
          combined_validation_context: {
            default_validation_context: {
              match_typed_subject_alt_names: [
                { san_type: 'URI', matcher: { prefix: 'spiffe://td1/' } },
                { san_type: 'URI', matcher: { prefix: 'spiffe://td2/' } },
              ],
            },
            validation_context_sds_secret_config: { name: 'ROOTCA', sds_config: fromAgent() },
          },
        },
      },
    });
    // Stock Envoy cannot exchange metadata in front of TCP, so both offer the same.
    expect(new Set(sockets.map((socket) => JSON.stringify(socket))).size).toBe(1);
  });

  it('offer metadata exchange where Envoy has it', () => {
    const proxy = { capabilities: { istioFilters: true } };
    const chains = virtual(inboundScope([web(port(90, 'tcp'))]), proxy)?.filter_chains ?? [];
    expect(chains.at(-3)?.transport_socket?.typed_config).toMatchObject({
      common_tls_context: { alpn_protocols: ['istio-peer-exchange', 'h2', 'http/1.1'] },
    });
    expect(chains.map(({ filters }) => filters[0]?.name)).toEqual(chains.map(() => 'istio.metadata_exchange'));
  });

  it('serve HTTP as a server does', () => {
    const foo = service('bar', 'foo', { hostname: 'foo.bar', ports: [port(80, 'http')] });
    const chain = virtual(inboundScope([foo]))?.filter_chains.at(-1);
    expect(chain?.filters[0]?.typed_config).toMatchObject({
      stat_prefix: 'inbound_0.0.0.0_80;',
      server_name: 'istio-envoy',
      forward_client_cert_details: 'APPEND_FORWARD',
      set_current_client_cert_details: { subject: true, dns: true, uri: true },
      use_remote_address: false,
      stream_idle_timeout: '0s',
      proxy_100_continue: true,
      normalize_path: true,
      path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
      route_config: {
        name: 'inbound|80||',
        validate_clusters: false,
        virtual_hosts: [
          {
            name: 'inbound|http|80',
            domains: ['*'],
            routes: [
              {
                name: 'default',
                match: { prefix: '/' },
                decorator: { operation: 'foo.bar:80/*' },
                route: {
                  cluster: 'inbound|80||',
                  timeout: '0s',
                  max_stream_duration: { max_stream_duration: '0s', grpc_timeout_header_max: '0s' },
                  retry_policy: { retry_on: 'reset-before-request', num_retries: 2 },
                },
              },
            ],
          },
        ],
      },
    });
  });

  it('declare HTTP/2 where the port does, and translate gRPC-Web', () => {
    const chains = virtual(inboundScope([web(port(80, 'grpc-web'))]))?.filter_chains ?? [];
    const manager = chains.at(-1)?.filters[0]?.typed_config;
    expect(manager).toMatchObject({ http2_protocol_options: {} });
    expect(JSON.stringify(manager?.http_filters)).toContain('envoy.filters.http.grpc_web');
  });

  it('count and keep bytes as the mesh and the proxy say', () => {
    const mesh = meshConfig({ inboundClusterStatName: '%SERVICE%_%SERVICE_PORT%' });
    const scope = inboundScope([web(port(90, 'tcp', { targetPort: 9000 }))], { mesh });
    const proxy = { settings: { idleTimeoutMs: 10_000 }, ...NO_IDENTITY };
    expect(virtual(scope, proxy)?.filter_chains.at(-1)?.filters[0]?.typed_config).toMatchObject({
      cluster: 'inbound|9000||',
      stat_prefix: 'web.default_90',
      idle_timeout: '10s',
    });
  });

  it('count what nothing declares by the pattern too', () => {
    const mesh = meshConfig({ inboundClusterStatName: '%SERVICE%_%SERVICE_PORT_NAME%_%SERVICE_PORT%' });
    expect(
      virtual(inboundScope([], { mesh }), NO_IDENTITY)?.filter_chains.at(-1)?.filters[0]?.typed_config,
    ).toMatchObject({
      cluster: 'InboundPassthroughCluster',
      stat_prefix: '_virtualInbound_0',
    });
  });

  it('read Mongo on the way', () => {
    const scope = inboundScope([web(port(27017, 'mongo'))]);
    expect(outline(virtual(scope, NO_IDENTITY)).at(-1)).toBe(
      '{destination_port:27017,transport_protocol:raw_buffer} -> mongo_proxy + tcp(inbound|27017||)',
    );
  });
});

function fromAgent() {
  return {
    api_config_source: {
      api_type: 'GRPC',
      transport_api_version: 'V3',
      set_node_on_first_message_only: true,
      grpc_services: [{ envoy_grpc: { cluster_name: 'sds-grpc' } }],
    },
    initial_fetch_timeout: '0s',
    resource_api_version: 'V3',
  };
}
