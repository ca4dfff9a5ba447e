import { describe, expect, it } from 'vitest';
import {
  HTTP_ONLY,
  listenerFilter,
  type ListenersJson,
  outboundListeners,
  outline,
  PASSTHROUGH,
  portListeners,
  serviceEntry,
  tcpProxy,
} from '../../../test/support/listeners.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { meta, service, virtualService } from '../../../test/support/model.ts';
import { endpoint, endpointIndex, sidecarClass, sidecarScope } from '../../../test/support/scopes.ts';
import type { Protocol } from '../../model/protocol.ts';
import type { Service } from '../../model/service.ts';
import { CompileCache } from '../cache.ts';
import { compileSidecarOutboundListeners } from './outbound.ts';

const allNames = ({ resources }: ListenersJson) => resources.map(({ name }) => name);

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
      listener_filters: [listenerFilter('http_inspector', 'HttpInspector')],
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
      services: [serviceEntry('vip.ex', 90, 'tcp', { addresses: ['10.9.9.9'] })],
      listeners: { '10.9.9.9_90': ['* -> tcp(outbound|90||vip.ex)'] },
      inspectors: [],
    },
    {
      when: 'a service with an address is sniffed',
      services: [serviceEntry('vip.ex', 91, 'auto', { addresses: ['10.9.9.9'] })],
      listeners: {
        '10.9.9.9_91': [`${HTTP_ONLY} -> http(vip.ex:91)`, 'default * -> tcp(outbound|91||vip.ex)'],
      },
      inspectors: ['http_inspector'],
    },
    {
      when: 'a TLS service has an address',
      services: [serviceEntry('vip.ex', 92, 'tls', { addresses: ['10.9.9.9'] })],
      listeners: { '10.9.9.9_92': ['* -> tcp(outbound|92||vip.ex)'] },
      inspectors: [],
    },
    {
      when: 'a TLS service has no address',
      services: [serviceEntry('novip.ex', 443, 'tls')],
      listeners: { '0.0.0.0_443': ['{server_names:[novip.ex]} -> tcp(outbound|443||novip.ex)', PASSTHROUGH] },
      inspectors: ['tls_inspector'],
    },
    {
      when: 'a TLS service is a range',
      services: [serviceEntry('cidr.ex', 444, 'tls', { addresses: ['10.20.0.0/16'] })],
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
      services: [serviceEntry('cidr.ex', 445, 'tcp', { addresses: ['10.20.0.0/16'] })],
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
      services: [serviceEntry('one.ex', 90, 'tcp', { addresses: ['10.9.9.9/32'] })],
      listeners: { '10.9.9.9_90': ['* -> tcp(outbound|90||one.ex)'] },
    },
    {
      when: 'a ServiceEntry has several addresses',
      services: [serviceEntry('two.ex', 90, 'tcp', { addresses: ['10.9.9.8', '10.9.9.9'] })],
      listeners: {
        '10.9.9.8_90': ['* -> tcp(outbound|90||two.ex)'],
        '10.9.9.9_90': ['* -> tcp(outbound|90||two.ex)'],
      },
    },
    {
      when: 'a port speaks Mongo',
      services: [serviceEntry('mongo.ex', 27017, 'mongo', { addresses: ['10.9.9.9'] })],
      listeners: { '10.9.9.9_27017': ['* -> mongo_proxy + tcp(outbound|27017||mongo.ex)'] },
    },
    {
      when: 'hosts below a wildcard are resolved by name',
      services: [serviceEntry('*.dyn.ex', 443, 'tls', { resolution: 'dynamic-dns' })],
      listeners: {
        '0.0.0.0_443': [
          '{server_names:[*.dyn.ex]} -> sni_dynamic_forward_proxy + tcp(outbound|443||*.dyn.ex)',
          PASSTHROUGH,
        ],
      },
      inspectors: ['tls_inspector'],
    },
    {
      when: 'a service is an alias',
      services: [serviceEntry('alias.ex', 90, 'tcp', { resolution: 'alias' })],
      listeners: {},
    },
    { when: 'a port speaks UDP', services: [serviceEntry('dns.ex', 53, 'udp')], listeners: {} },
  ])('compiles the listener when $when', ({ services, listeners: expected, inspectors }) => {
    const compiled = outboundListeners({ services });
    const found = portListeners(compiled).map((name) => [name, outline(compiled.listeners[name])]);
    expect(Object.fromEntries(found)).toEqual(expected);
    if (inspectors) {
      const filters = Object.values(compiled.listeners)[0]?.listener_filters ?? [];
      expect(filters.map(({ name }) => name.slice('envoy.filters.listener.'.length))).toEqual(inspectors);
    }
  });

  it.each([
    { name: '0.0.0.0_80', parts: { services: [service('default', 'web')] }, statPrefix: 'outbound_0.0.0.0_80;' },
    {
      name: '10.9.9.9_91',
      parts: { services: [serviceEntry('vip.ex', 91, 'auto', { addresses: ['10.9.9.9'] })] },
      statPrefix: 'outbound_10.9.9.9_91;',
    },
  ])('counts requests by the name of the listener: $name', ({ name, parts, statPrefix }) => {
    const manager = outboundListeners(parts).listeners[name]?.filter_chains[0]?.filters[0]?.typed_config;
    expect(manager?.stat_prefix).toBe(statPrefix);
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
    const services = [service('default', 'web'), serviceEntry('vip.ex', 90, 'tcp', { addresses: ['10.9.9.9'] })];
    const { listeners } = outboundListeners({ mesh, services });
    expect(listeners['0.0.0.0_80']?.listener_filters_timeout).toBe('5s');
    expect(listeners['10.9.9.9_90']?.listener_filters_timeout).toBe('0s');
  });

  it.each<{ when: string; port: number; protocol: Protocol; addresses?: string[]; listener: string[] }>([
    { when: 'HTTP wants the health port', port: 15021, protocol: 'http', listener: [] },
    { when: 'HTTP wants the capture port', port: 15001, protocol: 'http', addresses: ['10.9.9.9'], listener: [] },
    { when: 'TCP wants the metrics port', port: 15090, protocol: 'tcp', listener: [] },
    { when: 'TCP wants the inbound capture port', port: 15006, protocol: 'tcp', listener: [] },
    { when: 'ranges want it', port: 15006, protocol: 'tcp', addresses: ['10.0.0.0/8'], listener: [] },
    {
      when: 'TCP wants it at an address of its own',
      port: 15006,
      protocol: 'tcp',
      addresses: ['10.9.9.9'],
      listener: ['10.9.9.9_15006'],
    },
  ])('keeps off the ports of the proxy itself when $when', ({ port, protocol, addresses = [], listener }) => {
    const services = [serviceEntry('x.ex', port, protocol, { addresses })];
    expect(portListeners(outboundListeners({ services }))).toEqual(listener);
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
    const services = [serviceEntry('auto.ex', 90, 'tcp', { autoAddresses: ['240.240.0.7', '2001:2::7'] })];
    expect(portListeners(outboundListeners({ services }, { settings: { dnsCapture: true } }))).toEqual([
      '240.240.0.7_90',
    ]);
    expect(portListeners(outboundListeners({ services }))).toEqual(['0.0.0.0_90']);
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
      when: 'its selector has no labels, and there are none',
      services: [{ ...plain, selector: {} }],
      addresses: [],
      listeners: ['0.0.0.0_8080'],
    },
    {
      when: 'it speaks HTTP',
      services: [headless({ ports: [{ name: 'tcp', number: 8080, protocol: 'http' }] })],
      addresses: ['10.0.0.1'],
      listeners: ['0.0.0.0_8080'],
    },
  ])('have a listener for each endpoint when $when', ({ services, addresses, listeners }) => {
    expect(portListeners(outboundListeners({ services, endpoints: pods(...addresses) }))).toEqual(listeners);
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
    expect(allNames(compiled)).toEqual(['127.0.0.1_80']);
    const listener = compiled.listeners['127.0.0.1_80'];
    expect(outline(listener)).toEqual(['* -> http(80)']);
    expect(listener).toMatchObject({ max_connections_to_accept_per_socket_event: 1, listener_filters_timeout: '0s' });
    expect([listener?.bind_to_port, listener?.listener_filters]).toEqual([undefined, undefined]);
  });

  it('leave privileged ports out where they may not bind them', () => {
    const services = [service('default', 'web'), serviceEntry('x.ex', 8080, 'http')];
    const options = { interception: 'NONE', settings: { unprivileged: true } } as const;
    expect(allNames(outboundListeners({ services }, options))).toEqual(['127.0.0.1_8080']);
  });
});

describe('what is remembered', () => {
  const web = service('default', 'web');
  const db = serviceEntry('db.ex', 90, 'tcp', { addresses: ['10.9.9.9'] });
  const other = serviceEntry('other.ex', 91, 'tcp', { addresses: ['10.9.9.8'] });
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
