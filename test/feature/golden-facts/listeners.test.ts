import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { externalHost } from '../../support/facts/external-host.ts';
import { meshOf } from '../../support/facts/mesh.ts';
import { ABSENT } from '../../support/golden/select.ts';
import { LATER, meshConfig, service, sidecar } from '../../support/facts/objects.ts';

const PLAIN = { transport_protocol: 'raw_buffer', application_protocols: ['http/1.1', 'h2c'] };
const OUTBOUND = 'listener virtualOutbound';
/** Where proxies of these tests are. */
const AT = { ip: '1.1.1.1' };

const HTTP_80 = service('web', '{ clusterIP: 10.96.0.80, ports: [{ name: http, port: 80 }] }');

beforeAll(() => configureLogs({ write: () => undefined }));

describe('listeners of the outbound side', () => {
  it('L1: captured connections come to one listener, which hands them on by their destination', async () => {
    const mesh = await meshOf([], AT);
    const { filter_chains: chains, ...rest } = Object(mesh.show(OUTBOUND));
    expect(rest).toEqual({
      name: 'virtualOutbound',
      address: { socket_address: { address: '0.0.0.0', port_value: 15001 } },
      use_original_dst: true,
      traffic_direction: 'OUTBOUND',
      max_connections_to_accept_per_socket_event: 1,
    });
    expect(chains).toHaveLength(2);
  });

  it('L2: a call to its own port ends there, and is not logged', async () => {
    const mesh = await meshOf([meshConfig('accessLogFile: /dev/stdout')], AT);
    expect(mesh.show(`${OUTBOUND} → filter_chains[0].{name,filter_chain_match}`)).toEqual({
      name: 'virtualOutbound-blackhole',
      filter_chain_match: { destination_port: 15001 },
    });
    expect(mesh.show(`${OUTBOUND} → filter_chains[0].tcp.{stat_prefix,cluster,access_log}`)).toEqual({
      stat_prefix: 'BlackHoleCluster',
      cluster: 'BlackHoleCluster',
    });
  });

  it('L3: what no listener takes passes through, or ends there as well', async () => {
    const chain = `${OUTBOUND} → filter_chains[1]`;
    const open = await meshOf([], AT);
    expect(open.show(`${chain}.{name,filter_chain_match}`)).toEqual({ name: 'virtualOutbound-catchall-tcp' });
    const names = `${chain}.tcp.{stat_prefix,cluster}`;
    expect(open.show(names)).toEqual({ stat_prefix: 'PassthroughCluster', cluster: 'PassthroughCluster' });
    const closed = await meshOf([meshConfig('outboundTrafficPolicy: { mode: REGISTRY_ONLY }')], AT);
    expect(closed.show(names)).toEqual({ stat_prefix: 'BlackHoleCluster', cluster: 'BlackHoleCluster' });
  });

  it('L17: HTTP services of a port share a listener, which passes on what is no HTTP', async () => {
    const mesh = await meshOf([HTTP_80], AT);
    const listener = 'listener 0.0.0.0_80 → ';
    expect(mesh.show(`${listener}{bind_to_port,traffic_direction,continue_on_listener_filters_timeout}`)).toEqual({
      bind_to_port: false,
      traffic_direction: 'OUTBOUND',
      continue_on_listener_filters_timeout: true,
    });
    const parts = '{name,filter_chain_match,transport_socket_connect_timeout}';
    expect(mesh.show(`${listener}filter_chains[*].${parts}`)).toEqual([
      { filter_chain_match: PLAIN, transport_socket_connect_timeout: '15s' },
    ]);
    expect(mesh.show(`${listener}default_filter_chain.${parts}`)).toEqual({
      name: 'PassthroughFilterChain',
      filter_chain_match: {},
    });
    expect(mesh.show(`${listener}listener_filters[*].name`)).toEqual(['envoy.filters.listener.http_inspector']);
  });

  it('L18: its connection manager is told its routes by the number of the port', async () => {
    const mesh = await meshOf([HTTP_80], AT);
    const manager = 'listener 0.0.0.0_80 → filter_chains[0].http.';
    expect(mesh.show(`${manager}{stat_prefix,server_name,forward_client_cert_details}`)).toEqual({
      stat_prefix: 'outbound_0.0.0.0_80;',
    });
    expect(mesh.show(`${manager}rds.route_config_name`)).toBe('80');
    // istio.stats stands before the router as soon as a provider of metrics is configured.
    expect(mesh.show(`${manager}http_filters[*].name`)).toEqual([
      'istio.metadata_exchange',
      'envoy.filters.http.grpc_stats',
      'istio.alpn',
      'envoy.filters.http.fault',
      'envoy.filters.http.cors',
      'envoy.filters.http.router',
    ]);
  });

  const whole = '{filter_chains,default_filter_chain,listener_filters}';
  it.each([
    { row: 'L19: a TCP', port: '{ number: 90, name: tcp, protocol: TCP }' },
    { row: 'L21: a TLS', port: '{ number: 90, name: tls, protocol: TLS }' },
  ])('$row port with an address is a listener with one chain for everything', async ({ port }) => {
    const mesh = await meshOf([externalHost('vip.ex', port, '10.9.9.9')], AT);
    const listener = 'listener 10.9.9.9_90';
    expect(Object.keys(Object(mesh.show(`${listener} → ${whole}`)))).toEqual(['filter_chains']);
    expect(mesh.show(`${listener} → filter_chains[*].filter_chain_match`)).toEqual([ABSENT]);
    expect(mesh.show(`${listener} → filter_chains[0].tcp.{cluster,stat_prefix}`)).toEqual({
      cluster: 'outbound|90||vip.ex',
      stat_prefix: 'outbound|90||vip.ex',
    });
  });

  it('L20: where the protocol is not declared, HTTP is told from the rest', async () => {
    const mesh = await meshOf([externalHost('vip.ex', '{ number: 91, name: auto }', '10.9.9.9')], AT);
    const listener = 'listener 10.9.9.9_91 → ';
    expect(mesh.show(`${listener}filter_chains[*].filter_chain_match`)).toEqual([PLAIN]);
    expect(mesh.show(`${listener}filter_chains[0].http.rds.route_config_name`)).toBe('vip.ex:91');
    expect(mesh.show(`${listener}default_filter_chain.{name,filter_chain_match}`)).toEqual({});
    expect(mesh.show(`${listener}default_filter_chain.tcp.cluster`)).toBe('outbound|91||vip.ex');
    expect(mesh.show(`${listener}listener_filters[*].name`)).toEqual(['envoy.filters.listener.http_inspector']);
  });

  it('L22: a TLS port without an address is known by the name that clients ask for', async () => {
    const mesh = await meshOf([externalHost('novip.ex', '{ number: 443, name: tls, protocol: TLS }')], AT);
    const listener = 'listener 0.0.0.0_443 → ';
    expect(mesh.show(`${listener}filter_chains[*].filter_chain_match`)).toEqual([{ server_names: ['novip.ex'] }]);
    expect(mesh.show(`${listener}listener_filters[*].name`)).toEqual(['envoy.filters.listener.tls_inspector']);
    expect(mesh.show(`${listener}default_filter_chain.name`)).toBe('PassthroughFilterChain');
  });

  it('L23: a range of addresses is matched by the chain', async () => {
    const ports = '{ number: 444, name: tls, protocol: TLS }, { number: 445, name: tcp, protocol: TCP }';
    const mesh = await meshOf([externalHost('cidr.ex', ports, '10.20.0.0/16')], AT);
    const prefix_ranges = [{ address_prefix: '10.20.0.0', prefix_len: 16 }];
    const match = 'filter_chains[*].filter_chain_match';
    expect(mesh.show(`listener 0.0.0.0_444 → ${match}`)).toEqual([{ prefix_ranges, server_names: ['cidr.ex'] }]);
    expect(mesh.show(`listener 0.0.0.0_445 → ${match}`)).toEqual([{ prefix_ranges }]);
    expect(mesh.show('listener 0.0.0.0_445 → listener_filters')).toBeUndefined();
  });

  it('L24: HTTP and TCP on one port share a listener that tells them apart', async () => {
    const mesh = await meshOf(
      [
        externalHost('http.ex', '{ number: 93, name: http, protocol: HTTP }'),
        externalHost('tcp.ex', '{ number: 93, name: tcp, protocol: TCP }', '', LATER),
      ],
      AT,
    );
    expect(mesh.show('listener 0.0.0.0_93 → filter_chains[*].filter_chain_match')).toEqual([PLAIN]);
    expect(mesh.show('listener 0.0.0.0_93 → default_filter_chain.tcp.cluster')).toBe('outbound|93||tcp.ex');
  });

  it('L25: of two TCP services at one place the older one counts', async () => {
    const tcp = '{ number: 90, name: tcp, protocol: TCP }';
    const mesh = await meshOf(
      [externalHost('new.ex', tcp, '10.9.9.9', LATER), externalHost('old.ex', tcp, '10.9.9.9')],
      AT,
    );
    const clusters = ['filter_chains[0].tcp.cluster', 'filter_chains[1]'].map((part) =>
      mesh.show(`listener 10.9.9.9_90 → ${part}`),
    );
    expect(clusters).toEqual(['outbound|90||old.ex', undefined]);
    expect(mesh.notes).toEqual([expect.stringMatching(/^LISTENER_CHAIN_CONFLICT ServiceEntry\/default\/new-ex: /)]);
  });

  it('L26: a protocol whose server speaks first shares with nobody', async () => {
    const mesh = await meshOf(
      [
        externalHost('my.ex', '{ number: 94, name: db, protocol: MySQL }'),
        externalHost('http.ex', '{ number: 94, name: http, protocol: HTTP }', '', LATER),
      ],
      AT,
    );
    expect(mesh.show('listener 0.0.0.0_94 → filter_chains[*].filters[*].name')).toEqual([
      'envoy.filters.network.tcp_proxy',
    ]);
    expect(mesh.show('listener 0.0.0.0_94 → filter_chains[0].tcp.cluster')).toBe('outbound|94||my.ex');
    expect(mesh.notes).toEqual([expect.stringMatching(/^LISTENER_PROTOCOL_CONFLICT ServiceEntry\/default\/http-ex: /)]);
  });

  it('L27: HTTP may not have the ports of the proxy itself; TCP may, at an address of its own', async () => {
    const http = (number: number) => `{ number: ${number}, name: http, protocol: HTTP }`;
    const tcp = (number: number) => `{ number: ${number}, name: tcp, protocol: TCP }`;
    const metadata = { ENVOY_STATUS_PORT: 15021, ENVOY_PROMETHEUS_PORT: 15090 };
    const mesh = await meshOf(
      [
        externalHost('a.ex', http(15021), '10.9.9.1'),
        externalHost('b.ex', http(15001), '10.9.9.2'),
        externalHost('c.ex', tcp(15090), '10.9.9.3'),
        // Istio has a listener for it at 0.0.0.0 too, which Envoy refuses: the address is that of virtualInbound.
        externalHost('d.ex', tcp(15006)),
      ],
      { ...AT, metadata },
    );
    expect(mesh.show('names of listeners')).toEqual(['10.9.9.3_15090', 'virtualInbound', 'virtualOutbound']);
  });

  it('L28: each pod of a headless service has its listener, but not the own one', async () => {
    const headless = service('hl', '{ clusterIP: None, selector: { app: hl }, ports: [{ name: tcp, port: 8080 }] }');
    const slice = (addresses: readonly string[]) => `
      { apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4,
        metadata: { name: hl-1, namespace: default, labels: { kubernetes.io/service-name: hl } },
        ports: [{ name: tcp, port: 8080 }], endpoints: [${addresses.map((one) => `{ addresses: [${one}] }`)}] }`;
    const three = await meshOf([headless, slice(['10.0.0.1', '10.0.0.2', '10.0.0.3', '1.1.1.1'])], AT);
    const names = ['10.0.0.1_8080', '10.0.0.2_8080', '10.0.0.3_8080'];
    expect(three.show('names of listeners *_8080')).toEqual(names);
    expect((await meshOf([headless], AT)).show('names of listeners *_8080')).toEqual([]);
  });

  it('L33: applications may be told of an HTTP proxy', async () => {
    const mesh = await meshOf([HTTP_80, meshConfig('proxyHttpPort: 15007')], AT);
    const listener = 'listener 127.0.0.1_15007 → ';
    expect(mesh.show(`${listener}{default_filter_chain,bind_to_port,listener_filters}`)).toEqual({});
    expect(mesh.show(`${listener}filter_chains[*].filter_chain_match`)).toEqual([ABSENT]);
    expect(mesh.show(`${listener}filter_chains[0].http.http_protocol_options`)).toEqual({ allow_absolute_url: true });
    expect(mesh.show(`${listener}filter_chains[0].http.rds.route_config_name`)).toBe('http_proxy');
  });

  it('L34: a listener may be a socket in the file system', async () => {
    const egress = "[{ bind: 'unix:///e.sock', port: { number: 0, protocol: HTTP, name: h }, hosts: ['*/*'] }]";
    const mesh = await meshOf([HTTP_80, sidecar('uds', `{ egress: ${egress} }`)], AT);
    const listener = 'listener unix:///e.sock_0 → ';
    expect(mesh.show(`${listener}{address,listener_filters}`)).toEqual({ address: { pipe: { path: '/e.sock' } } });
    expect(mesh.show(`${listener}filter_chains[*].filter_chain_match`)).toEqual([ABSENT]);
    expect(mesh.show(`${listener}filter_chains[0].http.stat_prefix`)).toBe('outbound_unix:///e.sock_0;');
    expect(mesh.show(`${listener}filter_chains[0].http.rds.route_config_name`)).toBe('unix:///e.sock');
  });

  it('L35: without capture, services are called on the loopback', async () => {
    const mesh = await meshOf([HTTP_80], { ...AT, interception: 'NONE' });
    expect(mesh.show('names of listeners')).toEqual(['127.0.0.1_80']);
    expect(mesh.show('listener 127.0.0.1_80 → {bind_to_port,listener_filters}')).toEqual({});
    expect(mesh.show('listener 127.0.0.1_80 → filter_chains[*].filter_chain_match')).toEqual([ABSENT]);
  });

  it('L69: a proxy of both families listens on both for services, on one for what is captured', async () => {
    const mesh = await meshOf([HTTP_80], { metadata: { INSTANCE_IPS: '1.1.1.1,2001:db8::1' } });
    expect(mesh.show('listener 0.0.0.0_80 → additional_addresses')).toEqual([
      { address: { socket_address: { address: '::', port_value: 80 } } },
    ]);
    expect(mesh.show(`${OUTBOUND} → additional_addresses`)).toBeUndefined();
    expect(mesh.show('listener virtualInbound → additional_addresses')).toBeUndefined();
  });
});
