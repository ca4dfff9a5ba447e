import { describe, expect, it } from 'vitest';
import { gateway, gatewayServer, serverTls } from '../../../test/support/gateway.ts';
import { gatewayListeners, type ListenersJson, outline } from '../../../test/support/listeners.ts';
import { destinationRule, service, virtualService } from '../../../test/support/model.ts';
import { type ProxyOptions, routerClass, routerScope, type ScopeParts } from '../../../test/support/scopes.ts';
import type { Gateway } from '../../model/gateway.ts';
import { mergeGateways } from '../../model/gateway-merge.ts';
import type { L4Destination, TlsMatch, VirtualService } from '../../model/virtual-service.ts';
import type { ServiceTarget } from '../../model/workload.ts';
import { CompileCache } from '../cache.ts';
import { compileGatewayListeners } from './gateway.ts';

const web = service('default', 'web');
const WEB = 'web.default.svc.cluster.local';

function listen(
  gateways: readonly Gateway[],
  parts: ScopeParts = {},
  proxy: ProxyOptions = {},
  targets: readonly ServiceTarget[] = [],
): ListenersJson {
  return gatewayListeners(mergeGateways(gateways, { labels: {}, targets }), { services: [web], ...parts }, proxy);
}

const names = ({ resources }: ListenersJson) => resources.map(({ name }) => name);
const to = (host: string, weight = 0, subset?: string): L4Destination => ({
  destination: { host, ...(subset && { subset }) },
  weight,
});
const sni = (...sniHosts: string[]): TlsMatch => ({
  gateways: [],
  sourceLabels: {},
  destinationSubnets: [],
  sniHosts,
});
const bound = (name: string, rest: Partial<VirtualService>) =>
  virtualService('istio-system', name, { gateways: ['istio-system/gw'], hosts: ['*'], ...rest });

describe('HTTP servers', () => {
  it('share one chain with the routes of their port', () => {
    const gw = gateway('gw', [
      gatewayServer(80, 'http', ['*'], { httpsRedirect: true }),
      gatewayServer(80, 'http2', ['a.ex']),
    ]);
    const { listeners, resources } = listen([gw]);
    expect(listeners['0.0.0.0_80']).toEqual({
      name: '0.0.0.0_80',
      address: { socket_address: { address: '0.0.0.0', port_value: 80 } },
      traffic_direction: 'OUTBOUND',
      max_connections_to_accept_per_socket_event: 1,
      filter_chains: [
        {
          filters: [expect.objectContaining({ name: 'envoy.filters.network.http_connection_manager' })],
          transport_socket_connect_timeout: '15s',
        },
      ],
    });
    expect(outline(listeners['0.0.0.0_80'])).toEqual(['* -> http(http.80)']);
    expect(resources[0]?.origins).toEqual(['Gateway/istio-system/gw']);
  });

  it('see their clients directly', () => {
    const topology = { numTrustedProxies: 2, proxyProtocol: true };
    const { listeners } = listen(
      [gateway('gw', [gatewayServer(80, 'http', ['*'])])],
      {},
      { proxyConfig: { gatewayTopology: topology } },
    );
    const listener = listeners['0.0.0.0_80'];
    expect(listener?.filter_chains[0]?.filters[0]?.typed_config).toMatchObject({
      stat_prefix: 'outbound_0.0.0.0_80;',
      server_name: 'istio-envoy',
      use_remote_address: true,
      xff_num_trusted_hops: 2,
      forward_client_cert_details: 'SANITIZE_SET',
      set_current_client_cert_details: { subject: true, cert: true, dns: true, uri: true },
      http_protocol_options: {},
    });
    expect(listener?.listener_filters?.map(({ name }) => name)).toEqual(['envoy.filters.listener.proxy_protocol']);
  });

  it('follow their service to the ports of the workload', () => {
    const ingress = service('istio-system', 'ingress', {
      ports: [
        { name: 'http', number: 80, protocol: 'http' },
        { name: 'https', number: 443, protocol: 'https' },
      ],
    });
    const targets = ingress.ports.map((port) => ({ service: ingress, port, targetPort: port.number + 8000 }));
    const gw = gateway('gw', [
      gatewayServer(80, 'http', ['*']),
      gatewayServer(443, 'https', ['a.ex'], { tls: serverTls('simple') }),
    ]);
    const { listeners } = listen([gw], {}, {}, targets);
    expect(Object.entries(listeners).map(([name, listener]) => [name, outline(listener)])).toEqual([
      ['0.0.0.0_8080', ['* -> http(http.8080)']],
      ['0.0.0.0_8443', ['{server_names:[a.ex]} -> TLS http(https.443.https-443.gw.istio-system)']],
    ]);
  });

  it('bind the address that they name', () => {
    const { listeners } = listen([gateway('gw', [gatewayServer(80, 'http', ['*'], { bind: '10.0.0.1' })])]);
    expect(outline(listeners['10.0.0.1_80'])).toEqual(['* -> http(http.80.10.0.0.1)']);
  });

  it('leave privileged ports out where the proxy may not bind them', () => {
    const gw = gateway('gw', [gatewayServer(80, 'http', ['*']), gatewayServer(8080, 'http', ['*'])]);
    const compiled = listen([gw], {}, { settings: { unprivileged: true } });
    expect(names(compiled)).toEqual(['0.0.0.0_8080']);
    expect(compiled.notes.map(({ object, code }) => [object, code])).toEqual([
      ['Gateway/istio-system/gw', 'GATEWAY_PORT_PRIVILEGED'],
    ]);
  });

  it('keep the limits of a proxy at the edge', () => {
    const { listeners } = listen(
      [gateway('gw', [gatewayServer(80, 'http', ['*'])])],
      {},
      { proxyConfig: { connectionSettings: { profile: 'edge', httpIdleTimeoutMs: 60_000 } } },
    );
    const listener = listeners['0.0.0.0_80'];
    expect(listener?.per_connection_buffer_limit_bytes).toBe(32_768);
    expect(listener?.filter_chains[0]?.filters[0]?.typed_config).toMatchObject({
      common_http_protocol_options: { idle_timeout: '60s', headers_with_underscores_action: 'REJECT_REQUEST' },
      stream_idle_timeout: '300s',
      request_timeout: '300s',
      request_headers_timeout: '60s',
      merge_slashes: true,
      path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT',
      http2_protocol_options: {
        max_concurrent_streams: 100,
        initial_stream_window_size: 65_536,
        initial_connection_window_size: 1_048_576,
      },
    });
  });
});

describe('TCP servers', () => {
  const tcp = gatewayServer(9000, 'tcp', ['*']);

  it('lead where the first VirtualService says', () => {
    const first = bound('first', { tcp: [{ matches: [], destinations: [to(WEB)] }] });
    const second = bound('second', { tcp: [{ matches: [], destinations: [to('other.ex')] }] });
    const { listeners, resources } = listen([gateway('gw', [tcp])], { virtualServices: [first, second] });
    expect(outline(listeners['0.0.0.0_9000'])).toEqual([`* -> tcp(outbound|80||${WEB})`]);
    expect(resources[0]?.origins).toEqual(['VirtualService/istio-system/first', 'Gateway/istio-system/gw']);
  });

  it.each<{ when: string; rule: Partial<VirtualService> }>([
    { when: 'its host is not served', rule: { hosts: ['b.ex'] } },
    { when: 'its namespace is not let in', rule: { meta: virtualService('shop', 'v').meta } },
    {
      when: 'it is for another port',
      rule: { tcp: [{ matches: [{ ...sni(), port: 9001 }], destinations: [to(WEB)] }] },
    },
    {
      when: 'it is for another Gateway',
      rule: { tcp: [{ matches: [{ ...sni(), gateways: ['istio-system/other'] }], destinations: [to(WEB)] }] },
    },
  ])('lead nowhere, and say so, when a rule does not fit: $when', ({ rule }) => {
    const server = gatewayServer(9000, 'tcp', ['istio-system/a.ex']);
    const fitting = bound('v', { hosts: ['a.ex'], tcp: [{ matches: [], destinations: [to(WEB)] }] });
    const compiled = listen([gateway('gw', [server])], { virtualServices: [{ ...fitting, ...rule }] });
    expect(names(compiled)).toEqual([]);
    expect(compiled.notes.map(({ code }) => code)).toEqual(['GATEWAY_SERVER_UNROUTED']);
    expect(names(listen([gateway('gw', [server])], { virtualServices: [fitting] }))).toEqual(['0.0.0.0_9000']);
  });

  it('end mTLS of the mesh, and exchange metadata where Envoy can', () => {
    const server = gatewayServer(8443, 'tls', ['*'], { tls: serverTls('istio-mutual', { minVersion: 'TLSV1_3' }) });
    const virtualServices = [bound('v', { tcp: [{ matches: [], destinations: [to(WEB)] }] })];
    const { listeners } = listen(
      [gateway('gw', [server])],
      { virtualServices },
      { capabilities: { istioFilters: true } },
    );
    expect(outline(listeners['0.0.0.0_8443'])).toEqual([`* -> TLS metadata_exchange + tcp(outbound|80||${WEB})`]);
    expect(listeners['0.0.0.0_8443']?.filter_chains[0]?.transport_socket?.typed_config).toEqual({
      '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
      require_client_certificate: true,
      common_tls_context: {
        alpn_protocols: ['istio-peer-exchange', 'h2', 'http/1.1'],
        tls_certificate_sds_secret_configs: [{ name: 'default', sds_config: expect.anything() }],
        combined_validation_context: {
          default_validation_context: {},
          validation_context_sds_secret_config: { name: 'ROOTCA', sds_config: expect.anything() },
        },
      },
    });
    const stock = listen([gateway('gw', [server])], { virtualServices });
    expect(outline(stock.listeners['0.0.0.0_8443'])).toEqual([`* -> TLS tcp(outbound|80||${WEB})`]);
  });
});

describe('servers that pass TLS through', () => {
  const server = gatewayServer(443, 'tls', ['*.ex'], { tls: serverTls('passthrough') });

  it('have a chain for each match, with the names as they are written', () => {
    const rule = bound('v', {
      hosts: ['a.ex', 'b.ex'],
      tls: [
        { matches: [sni('a.ex')], destinations: [to(WEB)] },
        { matches: [sni('b.ex')], destinations: [to(WEB, 20), to(WEB, 80, 'v1')] },
      ],
    });
    const compiled = listen([gateway('gw', [server])], { virtualServices: [rule] });
    expect(outline(compiled.listeners['0.0.0.0_443'])).toEqual([
      `{server_names:[a.ex]} -> tcp(outbound|80||${WEB})`,
      `{server_names:[b.ex]} -> tcp({"clusters":[{"name":"outbound|80||${WEB}","weight":20},{"name":"outbound|80|v1|${WEB}","weight":80}]})`,
    ]);
  });

  it('give a name to the first who asks', () => {
    const rule = (name: string, host: string) =>
      bound(name, { hosts: ['a.ex'], tls: [{ matches: [sni('a.ex')], destinations: [to(host)] }] });
    const compiled = listen([gateway('gw', [server])], { virtualServices: [rule('one', WEB), rule('two', WEB)] });
    expect(outline(compiled.listeners['0.0.0.0_443'])).toEqual([`{server_names:[a.ex]} -> tcp(outbound|80||${WEB})`]);
    expect(compiled.notes.map(({ object, code }) => [object, code])).toEqual([
      ['VirtualService/istio-system/two', 'LISTENER_CHAIN_CONFLICT'],
    ]);
  });

  it('follow blocks for TLS also where a route of the Gateway API ends it', () => {
    const terminating = gatewayServer(443, 'tls', ['*.ex'], { tls: serverTls('simple') });
    const rule = bound('v', {
      hosts: ['a.ex'],
      semantics: 'gateway',
      tls: [{ matches: [sni('a.ex')], destinations: [to(WEB)] }],
    });
    const { listeners } = listen([gateway('gw', [terminating])], { virtualServices: [rule] });
    expect(outline(listeners['0.0.0.0_443'])).toEqual([`{server_names:[*.ex]} -> TLS tcp(outbound|80||${WEB})`]);
  });
});

describe('servers that cross clusters', () => {
  const crossing = gatewayServer(15443, 'tls', ['*.default.svc.cluster.local'], { tls: serverTls('auto-passthrough') });
  const MESH = 'application_protocols:[istio,istio-peer-exchange,istio-http/1.0,istio-http/1.1,istio-h2]';

  it('have a chain for each cluster of the services they expose', () => {
    const outside = service('default', 'outside', { external: true });
    const elsewhere = service('shop', 'elsewhere');
    const rule = destinationRule('default', 'web', {
      subsets: [{ name: 'v1', labels: {} }],
      trafficPolicy: { portLevel: new Map(), tunnel: { protocol: 'CONNECT', targetHost: 'x', targetPort: 1 } },
    });
    const { listeners, resources } = listen([gateway('gw', [crossing])], {
      services: [web, outside, elsewhere],
      destinationRules: [rule],
    });
    const listener = listeners['0.0.0.0_15443'];
    expect(outline(listener)).toEqual(
      [`outbound_.80_._.${WEB}`, `outbound_.80_.v1_.${WEB}`].map(
        (cluster) => `{${MESH},server_names:[${cluster}]} -> tcp(${cluster})`,
      ),
    );
    expect(JSON.stringify(listener)).not.toContain('tunneling_config');
    expect(resources[0]?.origins).toEqual([
      'DestinationRule/default/web',
      'Service/default/web',
      'Gateway/istio-system/gw',
    ]);
  });
});

describe('servers that found no room', () => {
  const http = gatewayServer(80, 'http', ['*']);
  const tcp = gatewayServer(80, 'tcp', ['*']);

  it('leave their Gateway in the shadow of the older one, or partly applied', () => {
    const fates = (...servers: Parameters<typeof gateway>[1]) =>
      listen([gateway('gw', [http]), gateway('late', servers)]).notes.map(({ object, code, fate }) => [
        object,
        code,
        fate?.kind,
      ]);
    expect(fates(tcp)).toEqual([['Gateway/istio-system/late', 'GATEWAY_SERVER_CONFLICT', 'shadowed']]);
    expect(fates(tcp, gatewayServer(81, 'http', ['*']))).toEqual([
      ['Gateway/istio-system/late', 'GATEWAY_SERVER_CONFLICT', 'partly-applied'],
    ]);
  });
});

describe('what is remembered', () => {
  it('compiles a listener again only when something it is made of changed', () => {
    const cache = new CompileCache();
    const gw = gateway('gw', [
      gatewayServer(80, 'http', ['*']),
      gatewayServer(443, 'https', ['a.ex'], { tls: serverTls('simple') }),
      gatewayServer(9000, 'tcp', ['*']),
    ]);
    const compile = (host: string) => {
      const merged = mergeGateways([gw], { labels: {}, targets: [] });
      const virtualServices = [bound('v', { tcp: [{ matches: [], destinations: [to(host)] }] })];
      const scope = routerScope(merged, { services: [web], virtualServices });
      return compileGatewayListeners(scope, routerClass(), cache).resources;
    };
    const before = compile(WEB);
    const after = compile('x.ex');
    expect(after.map((resource, i) => [resource.name, resource === before[i]])).toEqual([
      ['0.0.0.0_80', true],
      ['0.0.0.0_443', true],
      ['0.0.0.0_9000', false],
    ]);
  });
});
