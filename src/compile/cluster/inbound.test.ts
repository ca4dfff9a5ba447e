import { describe, expect, it } from 'vitest';
import { type Json, printClusters, rule } from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service, sidecar } from '../../../test/support/model.ts';
import { inboundScope, sidecarClass } from '../../../test/support/scopes.ts';
import type { InboundScope } from '../../model/inbound-scope.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { IngressListener } from '../../model/sidecar.ts';
import { CompileCache } from '../cache.ts';
import { compileInboundClusters } from './inbound.ts';

const NO_LIMIT = 4_294_967_295;
const circuit_breakers = {
  thresholds: [
    { max_connections: NO_LIMIT, max_pending_requests: NO_LIMIT, max_requests: NO_LIMIT, max_retries: NO_LIMIT },
  ],
};
const web = service('default', 'web', { ports: [{ name: 'http', number: 80, protocol: 'http', targetPort: 8080 }] });
const bound = (address = '127.0.0.6') => ({ source_address: { address, port_value: 0 } });

function compile(scope: InboundScope, proxy: ProxyClass = sidecarClass()) {
  return compileInboundClusters(scope, proxy, new CompileCache());
}

function clustersOf(scope: InboundScope, proxy?: ProxyClass): ReadonlyMap<string, Json> {
  return printClusters(compile(scope, proxy).resources);
}

const effective = (policy: Parameters<typeof rule>[0]) => {
  const source = rule(policy, { host: web.hostname });
  const { trafficPolicy } = source;
  return { sources: [source] as const, host: source.host, subsets: [], ...(trafficPolicy && { trafficPolicy }) };
};

describe('the cluster of a port of the workload', () => {
  it('goes where the client wanted to go, from an address that is not captured', () => {
    expect(clustersOf(inboundScope([web])).get('inbound|8080||')).toEqual({
      name: 'inbound|8080||',
      alt_stat_name: 'inbound|8080||;',
      type: 'ORIGINAL_DST',
      connect_timeout: '10s',
      lb_policy: 'CLUSTER_PROVIDED',
      cleanup_interval: '9223372035s',
      circuit_breakers,
      common_lb_config: {},
      metadata: {
        filter_metadata: { istio: { services: [{ host: web.hostname, name: 'web', namespace: 'default' }] } },
      },
      upstream_bind_config: bound(),
    });
  });

  it('goes to loopback where the mesh says so', () => {
    const mesh = meshConfig({ inboundTrafficPolicy: 'localhost' });
    const cluster = clustersOf(inboundScope([web], { mesh })).get('inbound|8080||');
    expect(cluster).toMatchObject({ type: 'STATIC' });
    expect(cluster).not.toHaveProperty('upstream_bind_config');
    expect(cluster?.load_assignment).toEqual({
      cluster_name: 'inbound|8080||',
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: { socket_address: { address: '127.0.0.1', port_value: 8080 } } } }] },
      ],
    });
  });

  it('is one for all services behind it; the oldest counts, those of its port are named', () => {
    const second = service('default', 'second', {
      ports: [{ name: 'grpc', number: 80, protocol: 'grpc', targetPort: 8080 }],
    });
    const third = service('default', 'third', {
      ports: [{ name: 'http', number: 81, protocol: 'http', targetPort: 8080 }],
    });
    const { resources } = compile(inboundScope([web, second, third]));
    expect(resources.map((resource) => resource.name)).toEqual(['inbound|8080||', 'InboundPassthroughCluster']);
    expect(resources[0]?.origins).toEqual(['Service/default/web', 'Service/default/second']);
    expect(printClusters(resources).get('inbound|8080||')).not.toHaveProperty('typed_extension_protocol_options');
  });

  it('speaks HTTP/2 where the port does', () => {
    const grpc = service('default', 'web', { ports: [{ name: 'grpc', number: 80, protocol: 'grpc' }] });
    expect(clustersOf(inboundScope([grpc])).get('inbound|80||')).toMatchObject({
      typed_extension_protocol_options: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          explicit_http_config: { http2_protocol_options: {} },
        },
      },
    });
  });

  it('is counted by the pattern of the mesh', () => {
    const mesh = meshConfig({ inboundClusterStatName: '%SERVICE%_%TARGET_PORT%' });
    expect(clustersOf(inboundScope([web], { mesh })).get('inbound|8080||')).toMatchObject({
      alt_stat_name: 'web.default_8080;',
    });
  });

  it("is counted by the pattern under the Sidecar's name, where no service has the port", () => {
    const mesh = meshConfig({ inboundClusterStatName: '%SERVICE%_%SERVICE_PORT_NAME%_%SERVICE_PORT%' });
    const ingress = [
      { port: { number: 7000, name: 'http-a', protocol: 'http' as const }, captureMode: 'default' as const },
    ];
    const scope = inboundScope([web], { mesh, sidecar: sidecar('default', 's', { ingress }) });
    expect(clustersOf(scope).get('inbound|7000||')).toMatchObject({ alt_stat_name: 's.default_http-a_7000;' });
  });

  it.each([
    { from: 'the rule', rule: { tcp: { maxConnections: 1 } }, sidecarPool: undefined, expected: 1 },
    {
      from: 'the Sidecar before the rule',
      rule: { tcp: { maxConnections: 1 } },
      sidecarPool: { tcp: { maxConnections: 2 } },
      expected: 2,
    },
  ])('has the limits of $from', ({ rule: connectionPool, sidecarPool, expected }) => {
    const found = effective({ connectionPool, tls: { mode: 'disable' }, loadBalancer: { simple: 'random' } });
    const own = sidecarPool ? { sidecar: sidecar('default', 's', { inboundConnectionPool: sidecarPool }) } : {};
    const cluster = clustersOf(inboundScope([web], { findRule: () => found, ...own })).get('inbound|8080||');
    expect(cluster).toMatchObject({
      lb_policy: 'CLUSTER_PROVIDED',
      circuit_breakers: { thresholds: [{ max_connections: expected }] },
      metadata: {
        filter_metadata: {
          istio: { config: '/apis/networking.istio.io/v1/namespaces/default/destination-rule/rule' },
        },
      },
    });
  });

  it('has the retry budget of the rule', () => {
    const found = effective({ retryBudget: { percent: 30 } });
    const cluster = clustersOf(inboundScope([web], { findRule: () => found })).get('inbound|8080||');
    expect(cluster).toMatchObject({
      circuit_breakers: { thresholds: [{ retry_budget: { budget_percent: { value: 30 } } }] },
    });
  });

  it('does not exist for UDP', () => {
    const dns = service('default', 'dns', { ports: [{ name: 'dns', number: 53, protocol: 'udp' }] });
    expect([...clustersOf(inboundScope([dns])).keys()]).toEqual(['InboundPassthroughCluster']);
  });

  it('does not exist where nothing is captured', () => {
    const names = [...clustersOf(inboundScope([web]), sidecarClass({ interception: 'NONE' })).keys()];
    expect(names).toEqual(['InboundPassthroughCluster']);
  });
});

describe("a Sidecar's ingress", () => {
  const listener = (number: number, rest: Partial<IngressListener> = {}): IngressListener => ({
    port: { number, name: 'http', protocol: 'http' },
    captureMode: 'default',
    ...rest,
  });
  const scopeOf = (...ingress: readonly IngressListener[]) =>
    inboundScope([web], { ownAddresses: ['10.1.1.1', 'fd00::1'], sidecar: sidecar('default', 's', { ingress }) });
  const address = (host: string, port_value: number) => ({ socket_address: { address: host, port_value } });

  it.each([
    {
      to: '127.0.0.1:9090',
      endpoint: { kind: 'address', address: '127.0.0.1', port: 9090 },
      backend: address('127.0.0.1', 9090),
      bind: undefined,
    },
    {
      to: '127.0.0.1:9090, where there is IPv6 only',
      endpoint: { kind: 'address', address: '127.0.0.1', port: 9090 },
      ipMode: 'ipv6',
      backend: address('::1', 9090),
      bind: undefined,
    },
    {
      to: '[::1]:9090',
      endpoint: { kind: 'address', address: '::1', port: 9090 },
      ipMode: 'dual',
      backend: address('::1', 9090),
      bind: undefined,
    },
    {
      to: '[::1]:9090, where there is IPv4 only',
      endpoint: { kind: 'address', address: '::1', port: 9090 },
      backend: address('127.0.0.1', 9090),
      bind: undefined,
    },
    {
      to: '0.0.0.0:9998',
      endpoint: { kind: 'address', address: '0.0.0.0', port: 9998 },
      backend: address('10.1.1.1', 9998),
      bind: bound(),
    },
    {
      to: 'a socket',
      endpoint: { kind: 'unix', path: '/g.sock' },
      backend: { pipe: { path: '/g.sock' } },
      bind: bound(),
    },
  ] as const)('sends to $to', ({ endpoint, backend, bind, ...rest }) => {
    const proxy = sidecarClass({ ipMode: 'ipv4', ...('ipMode' in rest && { ipMode: rest.ipMode }) });
    const scope = scopeOf(listener(9001, { defaultEndpoint: endpoint }));
    const cluster = clustersOf(scope, proxy).get('inbound|9001||');
    expect(cluster).toMatchObject({
      type: 'STATIC',
      load_assignment: {
        cluster_name: 'inbound|9001||',
        endpoints: [{ lb_endpoints: [{ endpoint: { address: backend } }] }],
      },
    });
    expect(cluster?.upstream_bind_config).toEqual(bind);
    expect(cluster).not.toHaveProperty('metadata');
  });

  it.each([
    { written: '0.0.0.0', own: ['fd00::1', '10.1.1.1'], to: '10.1.1.1' },
    { written: '::', own: ['10.1.1.1', 'fd00::1'], to: 'fd00::1' },
    { written: '0.0.0.0', own: ['fd00::1'], to: 'fd00::1' },
    { written: '::', own: ['10.1.1.1'], to: '10.1.1.1' },
  ] as const)('sends what is meant for $written of $own to $to', ({ written, own, to }) => {
    const ingress = [listener(9001, { defaultEndpoint: { kind: 'address', address: written, port: 9090 } })];
    const scope = inboundScope([web], { ownAddresses: own, sidecar: sidecar('default', 's', { ingress }) });
    expect(clustersOf(scope).get('inbound|9001||')).toMatchObject({
      load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: address(to, 9090) } }] }] },
    });
  });

  it('replaces the ports of services, in every kind of capture', () => {
    const ingress = scopeOf(listener(9001), listener(9002));
    for (const interception of ['REDIRECT', 'NONE'] as const) {
      expect([...clustersOf(ingress, sidecarClass({ interception })).keys()]).toEqual([
        'inbound|9001||',
        'inbound|9002||',
        'InboundPassthroughCluster',
      ]);
    }
  });

  it('names the service whose port it serves', () => {
    expect(clustersOf(scopeOf(listener(8080))).get('inbound|8080||')).toMatchObject({
      metadata: { filter_metadata: { istio: { services: [{ host: web.hostname }] } } },
    });
  });

  it('has limits of its own', () => {
    const connectionPool = { tcp: { maxConnections: 3 } };
    expect(clustersOf(scopeOf(listener(9001, { connectionPool }))).get('inbound|9001||')).toMatchObject({
      circuit_breakers: { thresholds: [{ max_connections: 3 }] },
    });
  });
});

describe('InboundPassthroughCluster', () => {
  it.each([
    { ipMode: 'ipv4', bind: bound() },
    { ipMode: 'ipv6', bind: bound('::6') },
    { ipMode: 'dual', bind: { ...bound(), extra_source_addresses: [{ address: { address: '::6', port_value: 0 } }] } },
  ] as const)('dials from where nothing is captured: $ipMode', ({ ipMode, bind }) => {
    expect(clustersOf(inboundScope([]), sidecarClass({ ipMode })).get('InboundPassthroughCluster')).toEqual({
      name: 'InboundPassthroughCluster',
      alt_stat_name: 'PassthroughCluster;',
      type: 'ORIGINAL_DST',
      connect_timeout: '10s',
      lb_policy: 'CLUSTER_PROVIDED',
      circuit_breakers,
      typed_extension_protocol_options: {
        'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
          '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
          common_http_protocol_options: { idle_timeout: '300s' },
          use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
        },
      },
      upstream_bind_config: bind,
    });
  });
});
