import { describe, expect, it } from 'vitest';
import {
  clusterOf,
  compileClusters,
  ECHO,
  echo,
  external,
  printClusters,
  rule,
  simpleTls,
  trafficPolicyOf,
} from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service } from '../../../test/support/model.ts';
import { endpoint, routerClass, sidecarClass } from '../../../test/support/scopes.ts';
import { CompileCache } from '../cache.ts';

const NO_LIMIT = 4_294_967_295;
const UNLIMITED = {
  thresholds: [
    { max_connections: NO_LIMIT, max_pending_requests: NO_LIMIT, max_requests: NO_LIMIT, max_retries: NO_LIMIT },
  ],
};
const bare = sidecarClass({ capabilities: { identity: 'none' } });

describe('the list of clusters', () => {
  const services = [echo(), external('a.example.com')];
  const destinationRules = [
    rule(undefined, {
      subsets: [
        { name: 'v1', labels: { version: 'v1' } },
        { name: 'v2', labels: { version: 'v2' } },
      ],
    }),
  ];
  const names = (parts: Parameters<typeof compileClusters>[0]) => compileClusters(parts).resources.map((r) => r.name);
  const outbound = [80, 7070, 9000, 9100].flatMap((port) => [
    `outbound|${port}||${ECHO}`,
    `outbound|${port}|v1|${ECHO}`,
    `outbound|${port}|v2|${ECHO}`,
  ]);

  it('has, at a sidecar, every port with its subsets in order, then the special ones', () => {
    expect(names({ services, destinationRules })).toEqual([
      ...outbound,
      'outbound|80||a.example.com',
      'BlackHoleCluster',
      'PassthroughCluster',
    ]);
  });

  it('has no passthrough at a gateway', () => {
    expect(names({ services, destinationRules, proxy: routerClass({ namespace: 'default' }) })).toEqual([
      ...outbound,
      'outbound|80||a.example.com',
      'BlackHoleCluster',
    ]);
  });

  it('repeats what is in the mesh by SNI names at an AUTO_PASSTHROUGH gateway', () => {
    const proxy = routerClass({ namespace: 'default' });
    expect(
      names({ services: [service('default', 'a'), external('a.example.com')], proxy, hasAutoPassthrough: true }),
    ).toEqual([
      'outbound|80||a.default.svc.cluster.local',
      'outbound|80||a.example.com',
      'BlackHoleCluster',
      'outbound_.80_._.a.default.svc.cluster.local',
    ]);
  });

  it('has the cluster of unknown names only where the mesh allows them', () => {
    const mesh = meshConfig({ outboundTrafficPolicy: { mode: 'allow-any-dynamic-dns' } });
    expect(names({ mesh })).toEqual(['BlackHoleCluster', 'PassthroughCluster', 'AllowAnyDynamicDNSCluster']);
  });

  it('leaves out UDP ports and aliases', () => {
    const dns = service('default', 'dns', { ports: [{ name: 'dns', number: 53, protocol: 'udp' }] });
    const alias = service('default', 'alias', { resolution: 'alias', aliasOf: ECHO });
    expect(names({ services: [dns, alias] })).toEqual(['BlackHoleCluster', 'PassthroughCluster']);
  });
});

describe('a cluster nobody made a rule for', () => {
  it('is EDS over ADS without limits of its own', () => {
    const name = `outbound|80||${ECHO}`;
    expect(clusterOf(name, { services: [echo()], proxy: bare })).toEqual({
      name,
      alt_stat_name: `${name};`,
      type: 'EDS',
      eds_cluster_config: {
        service_name: name,
        eds_config: { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' },
      },
      connect_timeout: '10s',
      lb_policy: 'LEAST_REQUEST',
      common_lb_config: { healthy_panic_threshold: {} },
      circuit_breakers: UNLIMITED,
      metadata: { filter_metadata: { istio: { services: [{ host: ECHO, name: 'echo', namespace: 'default' }] } } },
    });
  });

  it('is counted by the pattern of the mesh', () => {
    const mesh = meshConfig({
      outboundClusterStatName: '%SERVICE%_%SERVICE_FQDN%_%SERVICE_PORT%_%SERVICE_PORT_NAME%_%SUBSET_NAME%',
    });
    expect(clusterOf(`outbound|80||${ECHO}`, { services: [echo()], mesh })).toMatchObject({
      alt_stat_name: `echo.default_${ECHO}_80_http_;`,
    });
  });

  it('carries metadata exchange where Envoy has it', () => {
    const proxy = sidecarClass({ capabilities: { istioFilters: true } });
    expect(clusterOf(`outbound|80||${ECHO}`, { services: [echo()], proxy }).filters).toEqual([
      {
        name: 'istio.metadata_exchange',
        typed_config: {
          '@type': 'type.googleapis.com/udpa.type.v1.TypedStruct',
          type_url: 'type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange',
          value: { protocol: 'istio-peer-exchange', enable_discovery: true },
        },
      },
    ]);
  });

  it('lets sessions stick to hosts that drain, where the service has sessions', () => {
    const sticky = echo({ labels: { 'istio.io/persistent-session': 'cookie' } });
    expect(clusterOf(`outbound|80||${ECHO}`, { services: [sticky], proxy: bare }).common_lb_config).toEqual({
      healthy_panic_threshold: {},
      override_host_status: { statuses: ['HEALTHY', 'DRAINING', 'UNKNOWN', 'DEGRADED'] },
    });
  });
});

describe('metadata', () => {
  const istio = { services: [{ host: 'a.example.com', name: 'a.example.com', namespace: 'default' }] };
  const config = '/apis/networking.istio.io/v1/namespaces/default/destination-rule/rule';
  const subsets = [{ name: 'v1', labels: {} }];
  it.each([
    { of: 'a service outside of the mesh', subset: '', policy: undefined, expected: { ...istio, external: true } },
    {
      of: 'one that a rule originates TLS for',
      subset: '',
      policy: { tls: simpleTls() },
      expected: { ...istio, config, external: true, alpn_override: 'false' },
    },
    { of: 'a subset of it', subset: 'v1', policy: {}, expected: { ...istio, config, subset: 'v1' } },
  ])('of $of', ({ subset, policy, expected }) => {
    const destinationRules = policy ? [rule(policy, { host: 'a.example.com', subsets })] : [];
    const cluster = clusterOf(`outbound|80|${subset}|a.example.com`, {
      services: [external('a.example.com')],
      destinationRules,
    });
    expect(cluster.metadata).toEqual({ filter_metadata: { istio: expected } });
  });
});

describe('origins', () => {
  it('are the rules, then the service', () => {
    const { resources } = compileClusters({ services: [echo()], destinationRules: [rule({})] });
    expect(resources.map((r) => [...r.origins])[0]).toEqual(['DestinationRule/default/rule', 'Service/default/echo']);
  });
});

describe('special clusters', () => {
  const asClient = {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      common_http_protocol_options: { idle_timeout: '300s' },
      use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} },
    },
  };

  it('BlackHoleCluster has nothing at all', () => {
    expect(clusterOf('BlackHoleCluster', {})).toEqual({
      name: 'BlackHoleCluster',
      alt_stat_name: 'BlackHoleCluster;',
      type: 'STATIC',
      connect_timeout: '10s',
    });
  });

  it('PassthroughCluster goes where the client wanted, with the limits of the mesh', () => {
    const mesh = meshConfig({ defaultTrafficPolicy: { connectionPool: { tcp: { maxConnections: 77 } } } });
    expect(clusterOf('PassthroughCluster', { mesh })).toEqual({
      name: 'PassthroughCluster',
      alt_stat_name: 'PassthroughCluster;',
      type: 'ORIGINAL_DST',
      connect_timeout: '10s',
      lb_policy: 'CLUSTER_PROVIDED',
      circuit_breakers: { thresholds: [{ ...UNLIMITED.thresholds[0], max_connections: 77 }] },
      typed_extension_protocol_options: asClient,
    });
  });

  it('AllowAnyDynamicDNSCluster resolves what requests name', () => {
    const mesh = meshConfig({ outboundTrafficPolicy: { mode: 'allow-any-dynamic-dns' } });
    expect(clusterOf('AllowAnyDynamicDNSCluster', { mesh })).toEqual({
      name: 'AllowAnyDynamicDNSCluster',
      alt_stat_name: 'AllowAnyDynamicDNSCluster;',
      cluster_type: {
        name: 'envoy.clusters.dynamic_forward_proxy',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig',
          allow_insecure_cluster_options: true,
          dns_cache_config: { name: 'allow_any_dfp_dns_cache', dns_lookup_family: 'V4_ONLY', max_hosts: 1024 },
        },
      },
      connect_timeout: '10s',
      lb_policy: 'CLUSTER_PROVIDED',
      circuit_breakers: UNLIMITED,
      typed_extension_protocol_options: asClient,
    });
  });
});

describe('what a change compiles again', () => {
  const other = service('default', 'other');
  const services = [echo(), other];
  const endpoints = { [ECHO]: [endpoint('10.0.0.1', { identity: 'spiffe://cluster.local/ns/default/sa/a' })] };

  it('is nothing when an endpoint of the same identity joins', () => {
    const cache = new CompileCache();
    const before = compileClusters({ services, endpoints, cache }).resources;
    const joined = [
      ...(endpoints[ECHO] ?? []),
      endpoint('10.0.0.2', { identity: 'spiffe://cluster.local/ns/default/sa/a' }),
    ];
    const after = compileClusters({ services, endpoints: { [ECHO]: joined }, cache }).resources;
    expect(after.every((resource, i) => resource === before[i])).toBe(true);
  });

  it('is the clusters of its service when a rule comes', () => {
    const cache = new CompileCache();
    const before = compileClusters({ services, endpoints, cache }).resources;
    const after = compileClusters({ services, endpoints, cache, destinationRules: [rule({})] }).resources;
    const changed = after.filter((resource) => !before.includes(resource)).map((resource) => resource.name);
    expect(changed).toEqual([80, 7070, 9000, 9100].map((port) => `outbound|${port}||${ECHO}`));
  });

  it('is shared by proxies that differ in what clusters do not look at', () => {
    const cache = new CompileCache();
    const a = compileClusters({ services, cache }).resources;
    const b = compileClusters({
      services,
      cache,
      proxy: sidecarClass({ ipMode: 'ipv6', network: 'n2', cluster: 'c2' }),
    }).resources;
    expect(b.every((resource, i) => resource === a[i])).toBe(true);
  });
});

describe('port-level settings', () => {
  it('replace everything that holds for the other ports', () => {
    const destinationRules = [
      rule({
        connectionPool: { tcp: { maxConnections: 5, connectTimeoutMs: 1000 } },
        tls: simpleTls(),
        outlierDetection: { splitExternalLocalOriginErrors: false, httpErrorCodes: [] },
        portLevel: new Map([[7070, { loadBalancer: { simple: 'random' } }]]),
      }),
    ];
    const cluster = clusterOf(`outbound|7070||${ECHO}`, { services: [echo()], destinationRules });
    expect(cluster).toMatchObject({ lb_policy: 'RANDOM', connect_timeout: '10s', circuit_breakers: UNLIMITED });
    expect(Object.keys(cluster)).not.toContain('outlier_detection');
    expect(Object.keys(cluster)).toContain('transport_socket_matches');
  });

  it("of a subset may make it one of original destinations, without the rule's TLS", () => {
    const portLevel = new Map([[80, { loadBalancer: { simple: 'passthrough' } }]] as const);
    const subsets = [{ name: 'v1', labels: {}, trafficPolicy: trafficPolicyOf({ portLevel }) }];
    const clusters = printClusters(
      compileClusters({ services: [echo()], destinationRules: [rule({ tls: simpleTls() }, { subsets })] }).resources,
    );
    expect(clusters.get(`outbound|80|v1|${ECHO}`)).toMatchObject({
      type: 'ORIGINAL_DST',
      lb_policy: 'CLUSTER_PROVIDED',
      transport_socket: { name: 'envoy.transport_sockets.tls', typed_config: { sni: `outbound_.80_.v1_.${ECHO}` } },
    });
    expect(clusters.get(`outbound|80|v1|${ECHO}`)).not.toHaveProperty('eds_cluster_config');
  });
});
