import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { meshOf } from '../../support/facts/mesh.ts';
import { peerAuthentication, service, sidecar } from '../../support/facts/objects.ts';

const WEB = { sidecar: 'default/web', ip: '1.1.1.1' };
const LISTENER = 'listener virtualInbound';
const ALL_ISTIO = ['istio', 'istio-peer-exchange', 'istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
const HTTP_ISTIO = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
const TCP_ISTIO = ['istio-peer-exchange', 'istio'];
const PLAIN_HTTP = ['http/1.1', 'h2c'];
const FILTERS = 'type.googleapis.com/envoy.extensions.filters';

/** A service of the workload `web`. */
const web = (ports: string) => service('web', `{ clusterIP: 10.96.0.80, selector: { app: web }, ports: ${ports} }`);
const THREE_PORTS = web('[{ name: tcp, port: 70 }, { name: http, port: 80 }, { name: auto, port: 81 }]');
const STRICT = peerAuthentication('strict', '{ mtls: { mode: STRICT } }');
const range = (start: number) => ({ destination_port_range: { start, end: start + 1 } });
const chainsOf = (port: number) => `${LISTENER} → filter_chains[0.0.0.0_${port}]`;

beforeAll(() => configureLogs({ write: () => undefined }));

describe('what comes in to a sidecar', () => {
  it('L4: even a workload without services takes what comes, with mutual TLS and without', async () => {
    const mesh = await meshOf([], WEB);
    expect(mesh.show(`${LISTENER} → filter_chains[*].{name,filter_chain_match}`)).toEqual([
      { name: 'virtualInbound-blackhole', filter_chain_match: { destination_port: 15006 } },
      {
        name: 'virtualInbound-catchall-http',
        filter_chain_match: { transport_protocol: 'tls', application_protocols: HTTP_ISTIO },
      },
      {
        name: 'virtualInbound-catchall-http',
        filter_chain_match: { transport_protocol: 'raw_buffer', application_protocols: PLAIN_HTTP },
      },
      { name: 'virtualInbound', filter_chain_match: { transport_protocol: 'tls', application_protocols: TCP_ISTIO } },
      { name: 'virtualInbound', filter_chain_match: { transport_protocol: 'raw_buffer' } },
      { name: 'virtualInbound', filter_chain_match: { transport_protocol: 'tls' } },
    ]);
    const isTls = [1, 2, 3, 4, 5].map(
      (at) => mesh.show(`${LISTENER} → filter_chains[${at}].transport_socket.name`) !== undefined,
    );
    expect(isTls).toEqual([true, false, true, false, false]);
  });

  it('L68: a policy bounds all TLS: FIPS 140-2 leaves one version and no suites without forward secrecy', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB, { compliance: 'fips-140-2' });
    const params = 'transport_socket.typed_config.common_tls_context.tls_params';
    const only = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_2' };
    const approved = [
      'ECDHE-ECDSA-AES256-GCM-SHA384',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-ECDSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES128-GCM-SHA256',
    ];
    expect(mesh.show(`${chainsOf(80)}.${params}`)).toEqual([{ ...only, cipher_suites: approved }, '(absent)']);
    const cluster = 'cluster outbound|80||web.default.svc.cluster.local';
    expect(mesh.show(`${cluster} → transport_socket_matches[tlsMode-istio].${params}`)).toEqual(only);
  });

  it('L5: its inspectors look at everything but its own port, and wait as long as it takes', async () => {
    const mesh = await meshOf([], WEB);
    const timeouts = `${LISTENER} → {listener_filters_timeout,continue_on_listener_filters_timeout}`;
    expect(mesh.show(timeouts)).toEqual({
      listener_filters_timeout: '0s',
      continue_on_listener_filters_timeout: true,
    });
    expect(mesh.show(`${LISTENER} → listener_filters`)).toEqual([
      {
        name: 'envoy.filters.listener.original_dst',
        typed_config: { '@type': `${FILTERS}.listener.original_dst.v3.OriginalDst` },
      },
      {
        name: 'envoy.filters.listener.tls_inspector',
        typed_config: { '@type': `${FILTERS}.listener.tls_inspector.v3.TlsInspector`, initial_read_buffer_size: 512 },
        filter_disabled: range(15006),
      },
      {
        name: 'envoy.filters.listener.http_inspector',
        typed_config: { '@type': `${FILTERS}.listener.http_inspector.v3.HttpInspector` },
        filter_disabled: range(15006),
      },
    ]);
  });

  it('L6: on a port whose protocol is declared nobody looks for HTTP', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    const disabled = (filter: string) =>
      mesh.show(`${LISTENER} → listener_filters[envoy.filters.listener.${filter}].filter_disabled`);
    expect(disabled('http_inspector')).toEqual({ or_match: { rules: [range(70), range(80), range(15006)] } });
    expect(disabled('tls_inspector')).toEqual(range(15006));
  });

  it('L7: where mutual TLS is a must nobody looks for anything else', async () => {
    const mesh = await meshOf([THREE_PORTS, STRICT], WEB);
    expect(mesh.show(`${LISTENER} → listener_filters[*].name`)).toEqual([
      'envoy.filters.listener.original_dst',
      'envoy.filters.listener.tls_inspector',
    ]);
    expect(mesh.show(`${LISTENER} → listener_filters[1].filter_disabled`)).toEqual(range(15006));
    expect(mesh.show(`${LISTENER} → filter_chains[virtualInbound*].{name,filter_chain_match}`)).toEqual([
      { name: 'virtualInbound-blackhole', filter_chain_match: { destination_port: 15006 } },
      {
        name: 'virtualInbound-catchall-http',
        filter_chain_match: { transport_protocol: 'tls', application_protocols: HTTP_ISTIO },
      },
      { name: 'virtualInbound', filter_chain_match: { transport_protocol: 'tls' } },
    ]);
  });

  it('L8: where there is no mutual TLS nobody looks for it', async () => {
    const mesh = await meshOf([THREE_PORTS], { ...WEB, agent: false });
    expect(mesh.show(`${LISTENER} → listener_filters[*].name`)).toEqual([
      'envoy.filters.listener.original_dst',
      'envoy.filters.listener.http_inspector',
    ]);
    expect(mesh.show(`${LISTENER} → listener_filters[1].filter_disabled`)).toEqual({
      or_match: { rules: [range(70), range(80), range(15006)] },
    });
    expect(mesh.show(`${LISTENER} → filter_chains[virtualInbound*].{name,filter_chain_match}`)).toEqual([
      { name: 'virtualInbound-blackhole', filter_chain_match: { destination_port: 15006 } },
      {
        name: 'virtualInbound-catchall-http',
        filter_chain_match: { transport_protocol: 'raw_buffer', application_protocols: PLAIN_HTTP },
      },
      { name: 'virtualInbound', filter_chain_match: { transport_protocol: 'raw_buffer' } },
    ]);
  });

  it('L9: a declared HTTP port takes mutual TLS of the mesh, or plaintext', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    expect(mesh.show(`${chainsOf(80)}.filter_chain_match`)).toEqual([
      { destination_port: 80, transport_protocol: 'tls', application_protocols: ALL_ISTIO },
      { destination_port: 80, transport_protocol: 'raw_buffer' },
    ]);
    expect(mesh.show(`${LISTENER} → filter_chains[0.0.0.0_80#0].transport_socket.name`)).toBe(
      'envoy.transport_sockets.tls',
    );
    expect(mesh.show(`${LISTENER} → filter_chains[0.0.0.0_80#1].transport_socket`)).toBeUndefined();
  });

  it("L10: a declared TCP port takes the application's own TLS as well, unread", async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    expect(mesh.show(`${chainsOf(70)}.filter_chain_match`)).toEqual([
      { destination_port: 70, transport_protocol: 'tls', application_protocols: ALL_ISTIO },
      { destination_port: 70, transport_protocol: 'tls' },
      { destination_port: 70, transport_protocol: 'raw_buffer' },
    ]);
    expect(mesh.show(`${LISTENER} → filter_chains[0.0.0.0_70#1].transport_socket`)).toBeUndefined();
  });

  it('L11: a port without a declared protocol takes all of it', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    const match = { destination_port: 81 };
    expect(mesh.show(`${chainsOf(81)}.filter_chain_match`)).toEqual([
      { ...match, transport_protocol: 'tls', application_protocols: HTTP_ISTIO },
      { ...match, transport_protocol: 'raw_buffer', application_protocols: PLAIN_HTTP },
      { ...match, transport_protocol: 'tls', application_protocols: TCP_ISTIO },
      { ...match, transport_protocol: 'raw_buffer' },
      { ...match, transport_protocol: 'tls' },
    ]);
    const filters = [0, 1, 2, 3, 4].map((at) =>
      mesh.show(`${LISTENER} → filter_chains[0.0.0.0_81#${at}].filters[-1].name`),
    );
    const [http, tcp] = ['envoy.filters.network.http_connection_manager', 'envoy.filters.network.tcp_proxy'];
    expect(filters).toEqual([http, http, tcp, tcp, tcp]);
  });

  it('L12: where mutual TLS is a must a declared port takes it whatever the client offers', async () => {
    const mesh = await meshOf([THREE_PORTS, STRICT], WEB);
    const matches = [80, 70].map((port) => mesh.show(`${chainsOf(port)}.filter_chain_match`));
    expect(matches).toEqual([
      { destination_port: 80, transport_protocol: 'tls' },
      { destination_port: 70, transport_protocol: 'tls' },
    ]);
  });

  it('L45: a port that only a policy names passes through in its own way', async () => {
    const spec =
      '{ selector: { matchLabels: { app: web } }, mtls: { mode: STRICT }, portLevelMtls: { 9000: { mode: DISABLE } } }';
    const mesh = await meshOf([THREE_PORTS, peerAuthentication('web', spec)], WEB);
    expect(mesh.show(`${LISTENER} → filter_chains[virtualInbound*].{name,filter_chain_match}`)).toEqual([
      expect.anything(),
      expect.anything(),
      expect.anything(),
      {
        name: 'virtualInbound-catchall-http',
        filter_chain_match: {
          destination_port: 9000,
          transport_protocol: 'raw_buffer',
          application_protocols: PLAIN_HTTP,
        },
      },
      { name: 'virtualInbound', filter_chain_match: { destination_port: 9000, transport_protocol: 'raw_buffer' } },
    ]);
    const settings = `${LISTENER} → filter_chains[virtualInbound#1]`;
    expect(mesh.show(`${settings}.tcp.cluster`)).toBe('InboundPassthroughCluster');
  });

  it('L13: mutual TLS asks for a certificate of the mesh; HTTP and TCP differ in what they offer', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    const context = (port: number) => `${LISTENER} → filter_chains[0.0.0.0_${port}#0].transport_socket.typed_config`;
    expect(mesh.show(`${context(80)}.require_client_certificate`)).toBe(true);
    const common = `${context(80)}.common_tls_context`;
    expect(mesh.show(`${common}.combined_validation_context.default_validation_context`)).toEqual({
      match_typed_subject_alt_names: [{ san_type: 'URI', matcher: { prefix: 'spiffe://cluster.local/' } }],
    });
    expect(mesh.show(`${common}.tls_params`)).toEqual({
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
    });
    expect(mesh.show(`${common}.alpn_protocols`)).toEqual(['h2', 'http/1.1']);
    const tcp = mesh.show(`${context(70)}.common_tls_context.alpn_protocols`);
    expect(tcp).toEqual(['istio-peer-exchange', 'h2', 'http/1.1']);
  });

  it('L14: a connection manager tells the application who calls', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    const fields =
      'stat_prefix,server_name,forward_client_cert_details,set_current_client_cert_details,use_remote_address,stream_idle_timeout,proxy_100_continue,normalize_path,path_with_escaped_slashes_action';
    expect(mesh.show(`${LISTENER} → filter_chains[0.0.0.0_80#0].http.{${fields}}`)).toEqual({
      stat_prefix: 'inbound_0.0.0.0_80;',
      server_name: 'istio-envoy',
      forward_client_cert_details: 'APPEND_FORWARD',
      set_current_client_cert_details: { subject: true, dns: true, uri: true },
      use_remote_address: false,
      stream_idle_timeout: '0s',
      proxy_100_continue: true,
      normalize_path: true,
      path_with_escaped_slashes_action: 'KEEP_UNCHANGED',
    });
  });

  it('L15: its one route leads to the application', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    const config = `${LISTENER} → filter_chains[0.0.0.0_80#0].http.route_config`;
    expect(mesh.show(`${config}.name`)).toBe('inbound|80||');
    expect(mesh.show(`${config}.virtual_hosts[0].{name,domains}`)).toEqual({
      name: 'inbound|http|80',
      domains: ['*'],
    });
    expect(mesh.show(`${config}.virtual_hosts[0].routes[0].{name,decorator}`)).toEqual({
      name: 'default',
      decorator: { operation: 'web.default.svc.cluster.local:80/*' },
    });
  });

  it('L16: HTTP filters of the inbound side', async () => {
    const mesh = await meshOf([THREE_PORTS], WEB);
    // istio.stats stands before the router as soon as a provider of metrics is configured.
    expect(mesh.show(`${LISTENER} → filter_chains[0.0.0.0_80#0].http.http_filters[*].name`)).toEqual([
      'istio.metadata_exchange',
      'envoy.filters.http.grpc_stats',
      'envoy.filters.http.fault',
      'envoy.filters.http.cors',
      'envoy.filters.http.router',
    ]);
  });

  it('L36: a Sidecar may have the workload listen itself', async () => {
    const ingress =
      '[{ port: { number: 9080, protocol: HTTP, name: http }, captureMode: NONE, defaultEndpoint: 127.0.0.1:8080 }]';
    const spec = `{ workloadSelector: { labels: { app: web } }, ingress: ${ingress}, egress: [{ hosts: ['*/*'] }] }`;
    const mesh = await meshOf([sidecar('web', spec)], WEB);
    const listener = 'listener 1.1.1.1_9080';
    expect(mesh.show(`${listener} → listener_filters[*].name`)).toEqual(['envoy.filters.listener.tls_inspector']);
    expect(mesh.show(`${listener} → listener_filters[0].filter_disabled`)).toEqual({ not_match: range(9080) });
    const config = '/apis/networking.istio.io/v1/namespaces/default/sidecar/web';
    expect(mesh.show(`${listener} → filter_chains[*].{filter_chain_match,metadata}`)).toEqual([
      {
        filter_chain_match: { destination_port: 9080, transport_protocol: 'tls', application_protocols: ALL_ISTIO },
        metadata: { filter_metadata: { istio: { config } } },
      },
      {
        filter_chain_match: { destination_port: 9080, transport_protocol: 'raw_buffer' },
        metadata: { filter_metadata: { istio: { config } } },
      },
    ]);
  });
});
