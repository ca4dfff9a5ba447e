import { describe, expect, it } from 'vitest';
import { clusterOf, compileClusters, external, type Json, rule, simpleTls } from '../../../test/support/clusters.ts';
import { service } from '../../../test/support/model.ts';
import { endpoint, routerClass, sidecarClass } from '../../../test/support/scopes.ts';
import type { IpMode } from '../../model/proxy.ts';

const bare = sidecarClass({ capabilities: { identity: 'none' } });
const resolver = {
  name: 'envoy.network.dns_resolver.cares',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
    udp_max_queries: 100,
  },
};
const options = {
  dns_lookup_family: 'V4_ONLY',
  dns_refresh_rate: '60s',
  dns_jitter: '0.100s',
  respect_dns_ttl: true,
  typed_dns_resolver_config: resolver,
};

function pick(cluster: Json, ...names: readonly string[]) {
  return Object.fromEntries(Object.entries(cluster).filter(([name]) => names.includes(name)));
}

describe('original destinations', () => {
  const headless = service('default', 'hl', { resolution: 'passthrough', headless: true });
  const name = `outbound|80||${headless.hostname}`;

  it('are those of a headless service, at a sidecar', () => {
    const cluster = clusterOf(name, { services: [headless], proxy: bare });
    expect(pick(cluster, 'type', 'lb_policy', 'eds_cluster_config', 'original_dst_lb_config')).toEqual({
      type: 'ORIGINAL_DST',
      lb_policy: 'CLUSTER_PROVIDED',
    });
  });

  it('are EDS at a gateway', () => {
    const cluster = clusterOf(name, { services: [headless], proxy: routerClass({ namespace: 'default' }) });
    expect(cluster).toMatchObject({
      type: 'EDS',
      lb_policy: 'LEAST_REQUEST',
      eds_cluster_config: { service_name: name },
    });
  });

  it('may be on another port than the client wanted', () => {
    const none = external('none.example.com', {
      resolution: 'passthrough',
      ports: [{ name: 'http', number: 80, protocol: 'http', targetPort: 8080 }],
    });
    expect(clusterOf('outbound|80||none.example.com', { services: [none] })).toMatchObject({
      type: 'ORIGINAL_DST',
      original_dst_lb_config: { upstream_port_override: 8080 },
    });
  });
});

describe('DNS', () => {
  const HOST = 'dns.example.com';
  const endpoints = {
    [HOST]: [
      endpoint('a.example.com', { locality: 'r1/z1', weight: 3, health: 'unknown' }),
      endpoint('b.example.com', { locality: 'r2', health: 'unknown' }),
    ],
  };
  const host = (address: string, weight: number) => ({
    endpoint: { address: { socket_address: { address, port_value: 80 } } },
    load_balancing_weight: weight,
    metadata: { filter_metadata: { istio: { workload: ';default;;;Kubernetes' } } },
  });
  const byLocality = [
    { locality: { region: 'r1', zone: 'z1' }, load_balancing_weight: 3, lb_endpoints: [host('a.example.com', 3)] },
    { locality: { region: 'r2' }, load_balancing_weight: 1, lb_endpoints: [host('b.example.com', 1)] },
  ];
  const fields = ['type', 'cluster_type', 'load_assignment', 'lb_policy', ...Object.keys(options)];
  const extension = (rest: object) => ({
    cluster_type: {
      name: 'envoy.cluster.dns',
      typed_config: { '@type': 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster', ...options, ...rest },
    },
  });

  it.each([
    { of: 'DNS', resolution: 'dns', rest: {}, hosts: byLocality },
    {
      of: 'DNS_ROUND_ROBIN, which has one host',
      resolution: 'dns-round-robin',
      rest: { all_addresses_in_single_endpoint: true },
      hosts: byLocality.slice(0, 1),
    },
  ] as const)('resolution $of, as the extension that replaced the old types', ({ resolution, rest, hosts }) => {
    const cluster = clusterOf(`outbound|80||${HOST}`, { services: [external(HOST, { resolution })], endpoints });
    expect(pick(cluster, ...fields)).toEqual({
      ...extension(rest),
      lb_policy: 'LEAST_REQUEST',
      load_assignment: { cluster_name: `outbound|80||${HOST}`, endpoints: hosts },
    });
  });

  it.each([
    { of: 'DNS', resolution: 'dns', race: false, type: 'STRICT_DNS', family: 'V4_ONLY', hosts: byLocality },
    {
      of: 'DNS_ROUND_ROBIN',
      resolution: 'dns-round-robin',
      race: false,
      type: 'LOGICAL_DNS',
      family: 'V4_ONLY',
      hosts: byLocality.slice(0, 1),
    },
    {
      of: 'DNS that races',
      resolution: 'dns',
      race: true,
      type: 'LOGICAL_DNS',
      family: 'ALL',
      hosts: byLocality.slice(0, 1),
    },
  ] as const)('resolution $of, as istio-proxy gets it from istiod', ({ resolution, race, type, family, hosts }) => {
    const proxy = sidecarClass({ capabilities: { istioFilters: true } });
    const services = [external(HOST, { resolution, raceConnect: race })];
    const cluster = clusterOf(`outbound|80||${HOST}`, { services, endpoints, proxy });
    expect(pick(cluster, ...fields)).toEqual({
      type,
      ...options,
      dns_lookup_family: family,
      lb_policy: 'LEAST_REQUEST',
      load_assignment: { cluster_name: `outbound|80||${HOST}`, endpoints: hosts },
    });
  });

  it.each([
    { lists: 'it', extensions: ['envoy.cluster.eds', 'envoy.cluster.dns'], expected: 'CLUSTER_TYPE' },
    { lists: 'others', extensions: ['envoy.cluster.eds'], expected: 'STRICT_DNS' },
    { lists: 'nothing, as a current stock one', extensions: [], expected: 'CLUSTER_TYPE' },
  ])('goes by what an Envoy lists: $lists', ({ extensions, expected }) => {
    const proxy = sidecarClass({ capabilities: { extensions: new Set(extensions) } });
    const services = [external(HOST, { resolution: 'dns' })];
    const { type = 'CLUSTER_TYPE' } = clusterOf(`outbound|80||${HOST}`, { services, endpoints, proxy });
    expect(type).toBe(expected);
  });

  it.each([
    ['ipv4', 'V4_ONLY'],
    ['ipv6', 'V6_ONLY'],
    ['dual', 'V4_ONLY'],
  ] as const satisfies readonly (readonly [IpMode, string])[])('resolves, for %s, %s', (ipMode, family) => {
    const services = [external(HOST, { resolution: 'dns' })];
    expect(clusterOf(`outbound|80||${HOST}`, { services, endpoints, proxy: sidecarClass({ ipMode }) })).toMatchObject({
      cluster_type: { typed_config: { dns_lookup_family: family } },
    });
  });

  it('has no cluster without hosts, and says so', () => {
    const { resources, notes } = compileClusters({ services: [external(HOST, { resolution: 'dns' })] });
    expect(resources.map((resource) => resource.name)).toEqual(['BlackHoleCluster', 'PassthroughCluster']);
    expect(notes).toEqual([
      {
        object: 'ServiceEntry/default/entry',
        code: 'DNS_CLUSTER_WITHOUT_ENDPOINTS',
        message: `cluster outbound|80||${HOST} is not sent: there is no endpoint whose name could be resolved`,
      },
    ]);
  });

  it('has one host in a cluster of one name, wherever it stands and whatever is distributed', () => {
    const loadBalancer = {
      locality: { enabled: true, distribute: [{ from: '*', to: { r9: 100 } }], failover: [], failoverPriority: [] },
    };
    const twice = { [HOST]: ['a', 'b'].map((name) => endpoint(`${name}.example.com`, { locality: 'r1' })) };
    const cluster = clusterOf(`outbound|80||${HOST}`, {
      services: [external(HOST, { resolution: 'dns-round-robin' })],
      destinationRules: [rule({ loadBalancer }, { host: HOST })],
      endpoints: twice,
    });
    expect(cluster.load_assignment).toMatchObject({
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 'a.example.com' } } } }] }],
    });
  });

  it('orders its hosts by where the client stands', () => {
    const outlierDetection = { splitExternalLocalOriginErrors: false, httpErrorCodes: [] };
    const cluster = clusterOf(`outbound|80||${HOST}`, {
      services: [external(HOST, { resolution: 'dns' })],
      destinationRules: [rule({ outlierDetection }, { host: HOST })],
      endpoints,
      placement: { locality: { region: 'r2', zone: '', subzone: '' }, nodeName: '' },
    });
    expect(cluster.load_assignment).toMatchObject({
      endpoints: [{ locality: { region: 'r1' }, priority: 1 }, { locality: { region: 'r2' } }],
    });
  });
});

describe('dynamic DNS', () => {
  const HOST = '*.dyn.example.com';
  const ports = [
    { name: 'http', number: 80, protocol: 'http' },
    { name: 'grpc', number: 81, protocol: 'grpc' },
    { name: 'tls', number: 443, protocol: 'tls' },
    { name: 'tcp', number: 90, protocol: 'tcp' },
  ] as const;
  const services = [external(HOST, { resolution: 'dynamic-dns', ports, addresses: [] })];
  const type = (rest: object) => ({
    name: 'envoy.clusters.dynamic_forward_proxy',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig',
      dns_cache_config: { name: `${HOST}_dfp_dns_cache`, dns_lookup_family: 'V4_ONLY' },
      ...rest,
    },
  });

  it('has clusters for ports that name their host, and none for subsets', () => {
    const destinationRules = [rule({}, { host: HOST, subsets: [{ name: 'v1', labels: {} }] })];
    const names = compileClusters({ services, destinationRules }).resources.map((resource) => resource.name);
    expect(names).toEqual(
      [80, 81, 443].map((port) => `outbound|${port}||${HOST}`).concat(['BlackHoleCluster', 'PassthroughCluster']),
    );
  });

  it('has no hosts of its own', () => {
    const cluster = clusterOf(`outbound|80||${HOST}`, { services });
    expect(pick(cluster, 'cluster_type', 'lb_policy', 'common_lb_config', 'metadata')).toEqual({
      cluster_type: type({}),
      lb_policy: 'CLUSTER_PROVIDED',
      metadata: { filter_metadata: { istio: { external: true } } },
    });
  });

  it.each([
    { when: 'HTTP options bind no TLS to names', port: 81, policy: {}, insecure: true },
    { when: 'TLS is bound to names', port: 81, policy: { tls: simpleTls({ sni: '' }) }, insecure: false },
    { when: 'TLS checks nothing', port: 80, policy: { tls: simpleTls({ insecureSkipVerify: true }) }, insecure: true },
  ])('tells Envoy that it is meant when $when', ({ port, policy, insecure }) => {
    const cluster = clusterOf(`outbound|${port}||${HOST}`, {
      services,
      destinationRules: [rule(policy, { host: HOST })],
    });
    expect(cluster.cluster_type).toEqual(type(insecure ? { allow_insecure_cluster_options: true } : {}));
  });
});
