import { describe, expect, it } from 'vitest';
import { type ListenersJson, outboundListeners, outline } from '../../../test/support/listeners.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { destinationRule, meta, service, sidecar, virtualService } from '../../../test/support/model.ts';
import { endpoint, endpointIndex, sidecarClass, sidecarScope } from '../../../test/support/scopes.ts';
import type { Protocol } from '../../model/protocol.ts';
import type { Service } from '../../model/service.ts';
import type { EgressListener } from '../../model/sidecar.ts';
import { CompileCache } from '../cache.ts';
import { compileSidecarOutboundListeners } from './outbound.ts';

/** A ServiceEntry with one port. */
function entry(hostname: string, number: number, protocol: Protocol, rest: Partial<Service> = {}): Service {
  return service('default', hostname, {
    meta: meta('ServiceEntry', 'default', hostname),
    hostname,
    registry: 'external',
    external: true,
    addresses: [],
    ports: [{ name: `${protocol}-${number}`, number, protocol }],
    ...rest,
  });
}

const names = ({ resources }: ListenersJson) => resources.map(({ name }) => name);
/** Names of the listeners of ports, without those that are always there. */
const ports = (listeners: ListenersJson) => names(listeners).filter((name) => name !== 'virtualOutbound');

const PASSTHROUGH = 'default {} -> tcp(PassthroughCluster)';
const HTTP_ONLY = '{transport_protocol:raw_buffer,application_protocols:[http/1.1,h2c]}';

describe('virtualOutbound', () => {
  it('takes captured connections, hands them over, and keeps the rest', () => {
    expect(outboundListeners({}).listeners.virtualOutbound).toEqual({
      name: 'virtualOutbound',
      address: { socket_address: { address: '0.0.0.0', port_value: 15001 } },
      use_original_dst: true,
      traffic_direction: 'OUTBOUND',
      max_connections_to_accept_per_socket_event: 1,
      filter_chains: [
        {
          name: 'virtualOutbound-blackhole',
          filter_chain_match: { destination_port: 15001 },
          filters: [tcpProxy({ stat_prefix: 'BlackHoleCluster', cluster: 'BlackHoleCluster' })],
        },
        {
          name: 'virtualOutbound-catchall-tcp',
          filters: [tcpProxy({ stat_prefix: 'PassthroughCluster', cluster: 'PassthroughCluster' })],
        },
      ],
    });
  });

  it.each([
    { mode: 'registry-only' as const, to: ['* -> tcp(BlackHoleCluster)'] },
    { mode: 'allow-any' as const, to: ['* -> tcp(PassthroughCluster)'] },
    {
      mode: 'allow-any-dynamic-dns' as const,
      to: [
        '{application_protocols:[http/1.1,h2c]} -> http(inline allow_any_dynamic_dns)',
        '* -> tcp(PassthroughCluster)',
      ],
    },
  ])('sends undeclared traffic where $mode says', ({ mode, to }) => {
    const mesh = meshConfig({ outboundTrafficPolicy: { mode } });
    expect(outline(outboundListeners({ mesh }).listeners.virtualOutbound).slice(1)).toEqual(to);
  });

  it('sends undeclared traffic to the egress proxy of a Sidecar', () => {
    const policy = {
      mode: 'allow-any',
      egressProxy: { host: 'egress.istio-system.svc.cluster.local', port: 8443, subset: 'v1' },
    } as const;
    const listeners = outboundListeners({ sidecar: sidecar('default', 's', { outboundTrafficPolicy: policy }) });
    const to = 'tcp(outbound|8443|v1|egress.istio-system.svc.cluster.local)';
    expect(outline(listeners.listeners.virtualOutbound)[1]).toBe(`* -> ${to}`);
  });

  it.each([
    { interception: 'REDIRECT' as const, transparent: undefined },
    { interception: 'TPROXY' as const, transparent: true },
  ])('is transparent for $interception only when it has to be', ({ interception, transparent }) => {
    expect(outboundListeners({}, { interception }).listeners.virtualOutbound?.transparent).toBe(transparent);
  });

  it('binds the first family only, whatever a dual proxy does for services', () => {
    const { listeners } = outboundListeners({ services: [service('default', 'web')] }, { ipMode: 'dual' });
    expect(listeners.virtualOutbound?.additional_addresses).toBeUndefined();
    expect(listeners['0.0.0.0_80']?.additional_addresses).toEqual([
      { address: { socket_address: { address: '::', port_value: 80 } } },
    ]);
  });

  it('is not there when the mesh turns the outbound side off, nor is anything else', () => {
    const mesh = meshConfig({ proxyListenPort: 0 });
    expect(names(outboundListeners({ mesh, services: [service('default', 'web')] }))).toEqual([]);
  });
});

describe('listeners of ports', () => {
  it('serves every HTTP service of a port from one listener', () => {
    const services = [service('default', 'a'), service('default', 'b', { addresses: ['10.0.0.2'] })];
    const { listeners } = outboundListeners({ services });
    expect(listeners['0.0.0.0_80']).toEqual({
      name: '0.0.0.0_80',
      address: { socket_address: { address: '0.0.0.0', port_value: 80 } },
      bind_to_port: false,
      traffic_direction: 'OUTBOUND',
      continue_on_listener_filters_timeout: true,
      listener_filters_timeout: '0s',
      listener_filters: [httpInspector()],
      filter_chains: [
        {
          filter_chain_match: { transport_protocol: 'raw_buffer', application_protocols: ['http/1.1', 'h2c'] },
          filters: [expect.objectContaining({ name: 'envoy.filters.network.http_connection_manager' })],
          transport_socket_connect_timeout: '15s',
        },
      ],
      default_filter_chain: {
        name: 'PassthroughFilterChain',
        filter_chain_match: {},
        filters: [tcpProxy({ stat_prefix: 'PassthroughCluster', cluster: 'PassthroughCluster' })],
      },
    });
  });

  it.each<{ when: string; services: Service[]; listeners: Record<string, string[]>; inspectors?: string[] }>([
    {
      when: 'a TCP service has an address',
      services: [entry('vip.ex', 90, 'tcp', { addresses: ['10.9.9.9'] })],
      listeners: { '10.9.9.9_90': ['* -> tcp(outbound|90||vip.ex)'] },
      inspectors: [],
    },
    {
      when: 'a service with an address is sniffed',
      services: [entry('vip.ex', 91, 'auto', { addresses: ['10.9.9.9'] })],
      listeners: {
        '10.9.9.9_91': [`${HTTP_ONLY} -> http(vip.ex:91)`, 'default * -> tcp(outbound|91||vip.ex)'],
      },
      inspectors: ['http_inspector'],
    },
    {
      when: 'a TLS service has an address',
      services: [entry('vip.ex', 92, 'tls', { addresses: ['10.9.9.9'] })],
      listeners: { '10.9.9.9_92': ['* -> tcp(outbound|92||vip.ex)'] },
      inspectors: [],
    },
    {
      when: 'a TLS service has no address',
      services: [entry('novip.ex', 443, 'tls')],
      listeners: { '0.0.0.0_443': ['{server_names:[novip.ex]} -> tcp(outbound|443||novip.ex)', PASSTHROUGH] },
      inspectors: ['tls_inspector'],
    },
    {
      when: 'a TLS service is a range',
      services: [entry('cidr.ex', 444, 'tls', { addresses: ['10.20.0.0/16'] })],
      listeners: {
        '0.0.0.0_444': [
          '{prefix_ranges:[{address_prefix:10.20.0.0,prefix_len:16}],server_names:[cidr.ex]} -> tcp(outbound|444||cidr.ex)',
          PASSTHROUGH,
        ],
      },
      inspectors: ['tls_inspector'],
    },
    {
      when: 'a TCP service is a range',
      services: [entry('cidr.ex', 445, 'tcp', { addresses: ['10.20.0.0/16'] })],
      listeners: {
        '0.0.0.0_445': [
          '{prefix_ranges:[{address_prefix:10.20.0.0,prefix_len:16}]} -> tcp(outbound|445||cidr.ex)',
          PASSTHROUGH,
        ],
      },
      inspectors: [],
    },
    {
      when: 'a range is one address',
      services: [entry('one.ex', 90, 'tcp', { addresses: ['10.9.9.9/32'] })],
      listeners: { '10.9.9.9_90': ['* -> tcp(outbound|90||one.ex)'] },
    },
    {
      when: 'a ServiceEntry has several addresses',
      services: [entry('two.ex', 90, 'tcp', { addresses: ['10.9.9.8', '10.9.9.9'] })],
      listeners: {
        '10.9.9.8_90': ['* -> tcp(outbound|90||two.ex)'],
        '10.9.9.9_90': ['* -> tcp(outbound|90||two.ex)'],
      },
    },
    {
      when: 'a port speaks Mongo',
      services: [entry('mongo.ex', 27017, 'mongo', { addresses: ['10.9.9.9'] })],
      listeners: { '10.9.9.9_27017': ['* -> mongo_proxy + tcp(outbound|27017||mongo.ex)'] },
    },
    {
      when: 'hosts below a wildcard are resolved by name',
      services: [entry('*.dyn.ex', 443, 'tls', { resolution: 'dynamic-dns' })],
      listeners: {
        '0.0.0.0_443': [
          '{server_names:[*.dyn.ex]} -> sni_dynamic_forward_proxy + tcp(outbound|443||*.dyn.ex)',
          PASSTHROUGH,
        ],
      },
      inspectors: ['tls_inspector'],
    },
    { when: 'a service is an alias', services: [entry('alias.ex', 90, 'tcp', { resolution: 'alias' })], listeners: {} },
    { when: 'a port speaks UDP', services: [entry('dns.ex', 53, 'udp')], listeners: {} },
  ])('compiles the listener when $when', ({ services, listeners: expected, inspectors }) => {
    const compiled = outboundListeners({ services });
    const found = ports(compiled).map((name) => [name, outline(compiled.listeners[name])]);
    expect(Object.fromEntries(found)).toEqual(expected);
    if (inspectors) {
      const filters = Object.values(compiled.listeners)[0]?.listener_filters ?? [];
      expect(filters.map(({ name }) => name.slice('envoy.filters.listener.'.length))).toEqual(inspectors);
    }
  });

  it('asks TLS clients for aliases too, and what they leave out of them', () => {
    const web = service('default', 'web', {
      ports: [{ name: 'tls', number: 443, protocol: 'tls' }],
      registry: 'external',
      addresses: [],
      aliases: ['alias.other.svc.cluster.local'],
    });
    expect(outline(outboundListeners({ services: [web] }).listeners['0.0.0.0_443'])[0]).toBe(
      '{server_names:[alias.other,alias.other.svc,alias.other.svc.cluster.local,web.default.svc.cluster.local]} -> tcp(outbound|443||web.default.svc.cluster.local)',
    );
  });

  it('gives the detection timeout only to listeners that wait for HTTP', () => {
    const mesh = meshConfig({ protocolDetectionTimeoutMs: 5000 });
    const services = [service('default', 'web'), entry('vip.ex', 90, 'tcp', { addresses: ['10.9.9.9'] })];
    const { listeners } = outboundListeners({ mesh, services });
    expect(listeners['0.0.0.0_80']?.listener_filters_timeout).toBe('5s');
    expect(listeners['10.9.9.9_90']?.listener_filters_timeout).toBe('0s');
  });

  it.each<{ when: string; port: number; protocol: Protocol; listener: string[] }>([
    { when: 'HTTP wants the health port', port: 15021, protocol: 'http', listener: [] },
    { when: 'HTTP wants the capture port', port: 15001, protocol: 'http', listener: [] },
    { when: 'TCP wants the metrics port', port: 15090, protocol: 'tcp', listener: ['0.0.0.0_15090'] },
    { when: 'TCP wants the inbound capture port', port: 15006, protocol: 'tcp', listener: ['0.0.0.0_15006'] },
  ])('keeps off the ports of the proxy itself when $when', ({ port, protocol, listener }) => {
    expect(ports(outboundListeners({ services: [entry('x.ex', port, protocol)] }))).toEqual(listener);
  });

  it('balances exactly when the proxy asks for it', () => {
    const { listeners } = outboundListeners(
      { services: [service('default', 'web')] },
      { settings: { outboundExactBalance: true } },
    );
    expect(listeners['0.0.0.0_80']?.connection_balance_config).toEqual({ exact_balance: {} });
    expect(listeners.virtualOutbound?.connection_balance_config).toBeUndefined();
  });

  it('uses allocated addresses for proxies that capture DNS', () => {
    const services = [entry('auto.ex', 90, 'tcp', { autoAddresses: ['240.240.0.7', '2001:2::7'] })];
    expect(ports(outboundListeners({ services }, { settings: { dnsCapture: true } }))).toEqual(['240.240.0.7_90']);
    expect(ports(outboundListeners({ services }))).toEqual(['0.0.0.0_90']);
  });
});

describe('services that share an address and a port', () => {
  const http = (name: string) => entry(`${name}.ex`, 93, 'http');
  const tcp = (name: string, rest: Partial<Service> = {}) => entry(`${name}.ex`, 93, 'tcp', rest);
  const vip = { addresses: ['10.9.9.9'] };

  it.each<{ when: string; services: Service[]; name?: string; chains: string[] }>([
    {
      when: 'HTTP came before TCP',
      services: [http('h'), tcp('t')],
      chains: [`${HTTP_ONLY} -> http(93)`, 'default * -> tcp(outbound|93||t.ex)'],
    },
    {
      when: 'TCP came before HTTP',
      services: [tcp('t'), http('h')],
      chains: [`${HTTP_ONLY} -> http(93)`, 'default * -> tcp(outbound|93||t.ex)'],
    },
    {
      when: 'two speak TCP on one address',
      services: [tcp('old', vip), tcp('new', vip)],
      name: '10.9.9.9_93',
      chains: ['* -> tcp(outbound|93||old.ex)'],
    },
    {
      when: 'one of two on an address is sniffed',
      services: [tcp('t', vip), entry('a.ex', 93, 'auto', vip)],
      name: '10.9.9.9_93',
      chains: [`${HTTP_ONLY} -> http(a.ex:93)`, 'default * -> tcp(outbound|93||t.ex)'],
    },
    {
      when: 'both are sniffed',
      services: [entry('a.ex', 93, 'auto', vip), entry('b.ex', 93, 'auto', vip)],
      name: '10.9.9.9_93',
      chains: [`${HTTP_ONLY} -> http(a.ex:93)`, 'default * -> tcp(outbound|93||a.ex)'],
    },
    {
      when: 'one lets the server speak first',
      services: [entry('m.ex', 93, 'mysql'), http('h')],
      chains: ['* -> tcp(outbound|93||m.ex)'],
    },
    {
      when: 'two ranges of TLS overlap',
      services: [
        entry('a.ex', 93, 'tcp', { addresses: ['10.1.2.3/16'] }),
        entry('b.ex', 93, 'tcp', { addresses: ['10.1.0.0/16', '10.2.0.0/16'] }),
      ],
      chains: [
        '{prefix_ranges:[{address_prefix:10.1.0.0,prefix_len:16}]} -> tcp(outbound|93||a.ex)',
        '{prefix_ranges:[{address_prefix:10.2.0.0,prefix_len:16}]} -> tcp(outbound|93||b.ex)',
        PASSTHROUGH,
      ],
    },
  ])('finds room for what can be told apart when $when', ({ services, name = '0.0.0.0_93', chains }) => {
    const compiled = outboundListeners({ services });
    expect(outline(compiled.listeners[name])).toEqual(chains);
  });

  it('tells the owner of what found no room', () => {
    const because = 'an older object already takes these connections on listener 10.9.9.9_93';
    expect(outboundListeners({ services: [tcp('old', vip), tcp('new', vip)] }).notes).toEqual([
      {
        object: 'ServiceEntry/default/new.ex',
        code: 'LISTENER_CHAIN_CONFLICT',
        message: `${because}; one address, range or server name leads to one place only`,
        fate: { kind: 'partly-applied', because },
      },
    ]);
    const { notes } = outboundListeners({ services: [entry('m.ex', 93, 'mysql'), http('h')] });
    expect(notes.map(({ object, code }) => [object, code])).toEqual([
      ['ServiceEntry/default/h.ex', 'LISTENER_PROTOCOL_CONFLICT'],
    ]);
  });
});

describe('headless services', () => {
  const headless = (rest: Partial<Service> = {}) =>
    service('default', 'hl', {
      resolution: 'passthrough',
      headless: true,
      addresses: [],
      ports: [{ name: 'tcp', number: 8080, protocol: 'tcp' }],
      ...rest,
    });
  const pods = (...addresses: string[]) => ({
    'hl.default.svc.cluster.local': addresses.map((address) => endpoint(address, { servicePortName: 'tcp' })),
  });
  const plain = headless({ registry: 'external', meta: meta('ServiceEntry', 'default', 'hl') });

  it.each<{ when: string; services: Service[]; addresses: string[]; listeners: string[] }>([
    {
      when: 'there are endpoints',
      services: [headless()],
      addresses: ['10.0.0.1', '10.0.0.2', '10.0.0.3'],
      listeners: ['10.0.0.1_8080', '10.0.0.2_8080', '10.0.0.3_8080'],
    },
    {
      when: 'one is the proxy itself',
      services: [headless()],
      addresses: ['10.0.0.1', '1.1.1.1'],
      listeners: ['10.0.0.1_8080'],
    },
    {
      when: 'one is no address',
      services: [headless()],
      addresses: ['10.0.0.1', 'db.example.com'],
      listeners: ['10.0.0.1_8080'],
    },
    { when: 'there are none', services: [headless()], addresses: [], listeners: [] },
    {
      when: 'a ServiceEntry of resolution NONE has none',
      services: [plain],
      addresses: [],
      listeners: ['0.0.0.0_8080'],
    },
    {
      when: 'a ServiceEntry selects workloads of which there are none',
      services: [{ ...plain, selector: { app: 'x' } }],
      addresses: [],
      listeners: [],
    },
    {
      when: 'it speaks HTTP',
      services: [headless({ ports: [{ name: 'tcp', number: 8080, protocol: 'http' }] })],
      addresses: ['10.0.0.1'],
      listeners: ['0.0.0.0_8080'],
    },
  ])('have a listener for each endpoint when $when', ({ services, addresses, listeners }) => {
    expect(ports(outboundListeners({ services, endpoints: pods(...addresses) }))).toEqual(listeners);
  });

  it('need no server name on the address of an endpoint', () => {
    const services = [headless({ ports: [{ name: 'tcp', number: 8080, protocol: 'tls' }] })];
    const { listeners } = outboundListeners({ services, endpoints: pods('10.0.0.1') });
    expect(outline(listeners['10.0.0.1_8080'])).toEqual(['* -> tcp(outbound|8080||hl.default.svc.cluster.local)']);
  });
});

describe('proxies without traffic capture', () => {
  it('bind loopback for real, and sniff nothing for HTTP', () => {
    const compiled = outboundListeners({ services: [service('default', 'web')] }, { interception: 'NONE' });
    expect(names(compiled)).toEqual(['127.0.0.1_80']);
    const listener = compiled.listeners['127.0.0.1_80'];
    expect(outline(listener)).toEqual(['* -> http(80)']);
    expect(listener).toMatchObject({ max_connections_to_accept_per_socket_event: 1, listener_filters_timeout: '0s' });
    expect([listener?.bind_to_port, listener?.listener_filters]).toEqual([undefined, undefined]);
  });

  it('leave privileged ports out where they may not bind them', () => {
    const services = [service('default', 'web'), entry('x.ex', 8080, 'http')];
    const options = { interception: 'NONE', settings: { unprivileged: true } } as const;
    expect(names(outboundListeners({ services }, options))).toEqual(['127.0.0.1_8080']);
  });
});

describe('the HTTP proxy', () => {
  it('listens on loopback where the mesh says', () => {
    const { listeners } = outboundListeners({ mesh: meshConfig({ proxyHttpPort: 15007 }) });
    const listener = listeners['127.0.0.1_15007'];
    expect(outline(listener)).toEqual(['* -> http(http_proxy)']);
    expect(listener?.filter_chains[0]?.filters[0]?.typed_config).toMatchObject({
      stat_prefix: 'outbound_127.0.0.1_15007;',
      http_protocol_options: { allow_absolute_url: true },
      use_remote_address: false,
    });
  });

  it('listens where the proxy says instead', () => {
    const mesh = meshConfig({ proxyHttpPort: 15007 });
    const compiled = outboundListeners({ mesh }, { settings: { httpProxyPort: 3128 } });
    expect(ports(compiled)).toEqual(['127.0.0.1_3128']);
  });
});

describe('egress listeners of a Sidecar', () => {
  const services = [service('default', 'web'), entry('vip.ex', 90, 'tcp', { addresses: ['10.9.9.9'] })];
  const all = [{ namespace: '*', host: '*', not: false }];
  const egress = (...listeners: Partial<EgressListener>[]) =>
    sidecar('default', 's', { egress: listeners.map((l) => ({ captureMode: 'default', hosts: all, ...l })) });
  const port = (number: number, protocol: Protocol) => ({ number, name: 'p', protocol });

  it.each<{ when: string; listeners: Partial<EgressListener>[]; expected: Record<string, string[]> }>([
    {
      when: 'one is a Unix socket',
      listeners: [{ port: port(0, 'http'), bind: 'unix:///e.sock' }],
      expected: { 'unix:///e.sock_0': ['* -> http(unix:///e.sock)'] },
    },
    {
      when: 'one captures nothing',
      listeners: [{ port: port(80, 'http'), captureMode: 'none' }],
      expected: { '127.0.0.1_80': ['* -> http(80)'] },
    },
    {
      when: 'one binds an address',
      listeners: [{ port: port(90, 'tcp'), bind: '127.0.0.5' }],
      expected: { '127.0.0.5_90': ['* -> tcp(outbound|90||vip.ex)'] },
    },
    {
      when: 'one is an HTTP proxy',
      listeners: [{ port: port(8888, 'http_proxy'), bind: '127.0.0.1' }],
      expected: { '127.0.0.1_8888': ['* -> http(8888)'] },
    },
    {
      when: 'the last takes what is left',
      listeners: [
        {
          port: port(80, 'http'),
          hosts: [{ namespace: 'default', host: 'web.default.svc.cluster.local', not: false }],
        },
        {},
      ],
      expected: {
        '0.0.0.0_80': [`${HTTP_ONLY} -> http(80)`, PASSTHROUGH],
        '10.9.9.9_90': ['* -> tcp(outbound|90||vip.ex)'],
      },
    },
    { when: 'nothing has the port', listeners: [{ port: port(81, 'http') }], expected: {} },
  ])('make listeners of their own when $when', ({ listeners, expected }) => {
    const compiled = outboundListeners({ services, sidecar: egress(...listeners) });
    expect(Object.fromEntries(ports(compiled).map((name) => [name, outline(compiled.listeners[name])]))).toEqual(
      expected,
    );
  });

  it('close their port to services of later listeners', () => {
    const late = entry('late.ex', 80, 'tcp');
    const compiled = outboundListeners({
      services: [...services, late],
      sidecar: egress(
        {
          port: port(80, 'http'),
          hosts: [{ namespace: 'default', host: 'web.default.svc.cluster.local', not: false }],
        },
        {},
      ),
    });
    expect(outline(compiled.listeners['0.0.0.0_80'])).toEqual([`${HTTP_ONLY} -> http(80)`, PASSTHROUGH]);
  });

  it('say when their port belongs to the proxy', () => {
    const compiled = outboundListeners({ services, sidecar: egress({ port: port(15021, 'http') }) });
    expect(compiled.notes).toEqual([
      { object: 'Sidecar/default/s', code: 'SIDECAR_PORT_TAKEN', message: 'port 15021 belongs to the proxy itself' },
    ]);
  });

  it('stand behind what they declare', () => {
    const { resources } = outboundListeners({ services, sidecar: egress({ port: port(80, 'http') }) });
    expect(resources[0]?.origins).toEqual(['Sidecar/default/s']);
  });
});

describe('VirtualServices for TCP and TLS', () => {
  const db = entry('db.ex', 90, 'tcp', { addresses: ['10.9.9.9'] });
  const tls = entry('tls.ex', 443, 'tls');
  const match = { gateways: [], sourceLabels: {}, destinationSubnets: [] };
  const to = (host: string, weight = 0) => ({ destination: { host }, weight });

  it('name server names in order, and the object they come from', () => {
    const rule = virtualService('shop', 'v', {
      hosts: ['tls.ex'],
      tls: [{ matches: [{ ...match, sniHosts: ['b', 'a'] }], destinations: [to('db.ex', 100)] }],
    });
    const { listeners, resources } = outboundListeners({ services: [tls, db], virtualServices: [rule] });
    expect(outline(listeners['0.0.0.0_443'])).toEqual(['{server_names:[a,b]} -> tcp(outbound|90||db.ex)', PASSTHROUGH]);
    expect(listeners['0.0.0.0_443']?.filter_chains[0]?.metadata).toEqual({
      filter_metadata: { istio: { config: '/apis/networking.istio.io/v1/namespaces/shop/virtual-service/v' } },
    });
    expect(resources.find(({ name }) => name === '0.0.0.0_443')?.origins).toEqual(['VirtualService/shop/v']);
  });

  it('share connections by weight', () => {
    const rule = virtualService('istio-system', 'v', {
      hosts: ['db.ex'],
      tcp: [{ matches: [], destinations: [to('db.ex', 20), to('tls.ex', 80), to('off.ex', 0)] }],
    });
    const { listeners } = outboundListeners({ services: [db, tls], virtualServices: [rule] });
    expect(listeners['10.9.9.9_90']?.filter_chains[0]?.filters).toEqual([
      tcpProxy({
        stat_prefix: 'v.istio-system',
        weighted_clusters: {
          clusters: [
            { name: 'outbound|90||db.ex', weight: 20 },
            { name: 'outbound|443||tls.ex', weight: 80 },
          ],
        },
      }),
    ]);
  });

  it('apply to the services that a wildcard of theirs covers', () => {
    const rule = virtualService('default', 'v', {
      hosts: ['*.ex'],
      tcp: [{ matches: [], destinations: [to('tls.ex')] }],
    });
    const { listeners } = outboundListeners({ services: [db, tls], virtualServices: [rule] });
    expect(outline(listeners['10.9.9.9_90'])).toEqual(['* -> tcp(outbound|443||tls.ex)']);
  });
});

describe('DestinationRules for TCP', () => {
  const db = entry('db.ex', 90, 'tcp', { addresses: ['10.9.9.9'] });
  const rule = (trafficPolicy: object) =>
    destinationRule('default', 'db', { host: 'db.ex', trafficPolicy: { portLevel: new Map(), ...trafficPolicy } });
  const filter = (parts: Parameters<typeof outboundListeners>[0], proxy = {}) =>
    outboundListeners({ services: [db], ...parts }, proxy).listeners['10.9.9.9_90']?.filter_chains[0]?.filters[0]
      ?.typed_config;

  it.each<{ when: string; policy: object; field: object }>([
    {
      when: 'an idle timeout',
      policy: { connectionPool: { tcp: { idleTimeoutMs: 5000, maxConnectionDurationMs: 60_000 } } },
      field: { idle_timeout: '5s', max_downstream_connection_duration: '60s' },
    },
    {
      when: 'hashing by source',
      policy: {
        loadBalancer: { consistentHash: { key: { kind: 'source-ip' }, algorithm: { kind: 'ring-hash' } } },
      },
      field: { hash_policy: [{ source_ip: {} }] },
    },
    {
      when: 'a tunnel',
      policy: { tunnel: { protocol: 'POST', targetHost: '2001:db8::1', targetPort: 443 } },
      field: { tunneling_config: { hostname: '[2001:db8::1]:443', use_post: true } },
    },
  ])('set $when', ({ policy, field }) => {
    expect(filter({ destinationRules: [rule(policy)] }, { settings: { idleTimeoutMs: 10_000 } })).toMatchObject(field);
  });

  it('leave the idle timeout of the proxy in force when they have none', () => {
    expect(filter({}, { settings: { idleTimeoutMs: 10_000 } })).toMatchObject({ idle_timeout: '10s' });
  });

  it('count by the pattern of the mesh', () => {
    const mesh = meshConfig({ outboundClusterStatName: '%SERVICE%_%SERVICE_PORT_NAME%_%SERVICE_PORT%%SUBSET_NAME%' });
    expect(filter({ mesh })).toMatchObject({ stat_prefix: 'db.ex_tcp-90_90' });
  });
});

describe('what is remembered', () => {
  const web = service('default', 'web');
  const db = entry('db.ex', 90, 'tcp', { addresses: ['10.9.9.9'] });
  const other = entry('other.ex', 91, 'tcp', { addresses: ['10.9.9.8'] });
  const compile = (cache: CompileCache, parts: Parameters<typeof sidecarScope>[0], proxy = sidecarClass()) => {
    const compiled = compileSidecarOutboundListeners(sidecarScope(parts), proxy, endpointIndex(), '1.1.1.1', cache);
    return new Map(compiled.resources.map((resource) => [resource.name, resource]));
  };

  it('leaves the HTTP listener alone when services come, go and change', () => {
    const cache = new CompileCache();
    const before = compile(cache, { services: [web, db] });
    const after = compile(cache, { services: [{ ...web, addresses: ['10.0.0.9'] }, service('shop', 'new'), db] });
    expect(after.get('0.0.0.0_80')).toBe(before.get('0.0.0.0_80'));
    expect(after.get('10.9.9.9_90')).toBe(before.get('10.9.9.9_90'));
  });

  it('compiles only the listener of the service whose VirtualService changed', () => {
    const cache = new CompileCache();
    const rule = (host: string) =>
      virtualService('default', 'v', {
        hosts: ['db.ex'],
        tcp: [{ matches: [], destinations: [{ destination: { host }, weight: 0 }] }],
      });
    const before = compile(cache, { services: [web, db, other], virtualServices: [rule('db.ex')] });
    const after = compile(cache, { services: [web, db, other], virtualServices: [rule('other.ex')] });
    const changed = [...after.keys()].filter((name) => after.get(name) !== before.get(name));
    expect(changed).toEqual(['10.9.9.9_90']);
  });

  it('shares listeners between namespaces and labels', () => {
    const cache = new CompileCache();
    const here = compile(cache, { services: [web, db] });
    const there = compile(
      cache,
      { services: [web, db], namespace: 'shop' },
      sidecarClass({ namespace: 'shop', labels: { a: 'b' } }),
    );
    expect([...there.values()]).toEqual([...here.values()]);
    for (const [name, resource] of there) expect(resource).toBe(here.get(name));
  });
});

function tcpProxy(config: object) {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', ...config },
  };
}

function httpInspector() {
  return {
    name: 'envoy.filters.listener.http_inspector',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector',
    },
  };
}
