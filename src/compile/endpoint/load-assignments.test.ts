import { describe, expect, it } from 'vitest';
import {
  assignmentOf,
  type ClusterParts,
  compileAssignments,
  ECHO,
  echo,
  external,
  NOWHERE,
  rule,
  simpleTls,
  trafficPolicyOf,
} from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service } from '../../../test/support/model.ts';
import { endpoint, routerClass, sidecarClass } from '../../../test/support/scopes.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { Service } from '../../model/service.ts';
import { CompileCache } from '../cache.ts';

const NAME = `outbound|80||${ECHO}`;

/** What became of a list of endpoints: address, health and whether mTLS is used, by locality. */
function summaryOf(parts: ClusterParts, name = NAME) {
  const groups: readonly { lb_endpoints?: readonly object[] }[] = Object(assignmentOf(name, parts)).endpoints ?? [];
  return groups.flatMap((group) => (group.lb_endpoints ?? []).map(describeHost));
}

function describeHost(host: object): string {
  const { endpoint: where, health_status: health = 'UNKNOWN', metadata } = Object(host);
  const mtls = metadata.filter_metadata['envoy.transport_socket_match']?.tlsMode === 'istio' ? ' mtls' : '';
  return `${where.address.socket_address?.address ?? where.address.pipe.path} ${health}${mtls}`;
}

function echoWith(endpoints: readonly Endpoint[], rest: Partial<Service> = {}): ClusterParts {
  return { services: [echo(rest)], endpoints: { [ECHO]: endpoints } };
}

describe('the assignment of a cluster', () => {
  it('groups hosts by locality, and weighs the groups', () => {
    const endpoints = [
      endpoint('10.0.0.3', { locality: 'r2', weight: 4 }),
      endpoint('10.0.0.1', { locality: 'r1/z1/s1', weight: 2 }),
      endpoint('10.0.0.2', { locality: 'r1/z1/s1', weight: 0 }),
      endpoint('10.0.0.4'),
    ];
    const host = (address: string, weight: number) => ({
      endpoint: { address: { socket_address: { address, port_value: 80 } } },
      health_status: 'HEALTHY',
      metadata: { filter_metadata: { istio: { workload: ';default;;;Kubernetes' } } },
      load_balancing_weight: weight,
    });
    expect(assignmentOf(NAME, echoWith(endpoints))).toEqual({
      cluster_name: NAME,
      endpoints: [
        { locality: {}, lb_endpoints: [host('10.0.0.4', 1)], load_balancing_weight: 1 },
        {
          locality: { region: 'r1', zone: 'z1', sub_zone: 's1' },
          lb_endpoints: [host('10.0.0.1', 2), host('10.0.0.2', 1)],
          load_balancing_weight: 3,
        },
        { locality: { region: 'r2' }, lb_endpoints: [host('10.0.0.3', 4)], load_balancing_weight: 4 },
      ],
    });
  });

  it('says of a host what telemetry asks for', () => {
    const known = endpoint('10.0.0.1', {
      tlsMode: 'istio',
      workloadName: 'echo-v1',
      canonicalName: 'echo',
      canonicalRevision: 'v1',
      additionalAddresses: ['2001:db8::1'],
    });
    expect(assignmentOf(NAME, echoWith([known]))).toMatchObject({
      endpoints: [
        {
          lb_endpoints: [
            {
              endpoint: {
                additional_addresses: [{ address: { socket_address: { address: '2001:db8::1', port_value: 80 } } }],
              },
              metadata: {
                filter_metadata: {
                  'envoy.transport_socket_match': { tlsMode: 'istio' },
                  istio: { workload: 'echo-v1;default;echo;v1;Kubernetes' },
                },
              },
            },
          ],
        },
      ],
    });
  });

  it('leaves out a revision that says nothing', () => {
    const known = endpoint('10.0.0.1', { workloadName: 'echo', canonicalName: 'echo', canonicalRevision: 'latest' });
    expect(JSON.stringify(assignmentOf(NAME, echoWith([known])))).toContain('"echo;default;echo;;Kubernetes"');
  });

  it('is there, if empty, for a cluster without hosts', () => {
    expect(assignmentOf(NAME, { services: [echo()] })).toEqual({ cluster_name: NAME });
  });

  it('saturates weights', () => {
    const endpoints = [endpoint('10.0.0.1', { weight: 4_294_967_295 }), endpoint('10.0.0.2', { weight: 5 })];
    expect(assignmentOf(NAME, echoWith(endpoints))).toMatchObject({
      endpoints: [{ load_balancing_weight: 4_294_967_295 }],
    });
  });
});

describe('which endpoints are sent', () => {
  it('are not those whose address proxies cannot dial, whatever their port', () => {
    const addresses = ['10.0.0.1', 'not-an-ip', 'unix:///run/a.sock'];
    const endpoints = addresses.map((address) => endpoint(address, { port: 0 }));
    expect(summaryOf(echoWith(endpoints))).toEqual(['10.0.0.1 HEALTHY', '/run/a.sock HEALTHY']);
  });

  const all = (...health: readonly Endpoint['health'][]) =>
    health.map((state, i) => endpoint(`10.0.0.${i + 1}`, { health: state }));
  const minHealth = rule({
    outlierDetection: { splitExternalLocalOriginErrors: false, httpErrorCodes: [], minHealthPercent: 40 },
  });

  it('are those that are ready, those that are not, but not those that leave', () => {
    const endpoints = all('healthy', 'unknown', 'unhealthy', 'draining', 'terminating');
    expect(summaryOf(echoWith(endpoints))).toEqual(['10.0.0.1 HEALTHY', '10.0.0.2 UNKNOWN', '10.0.0.3 UNHEALTHY']);
  });

  it('are only ready ones where clients may panic', () => {
    const parts = { ...echoWith(all('healthy', 'unhealthy')), destinationRules: [minHealth] };
    expect(summaryOf(parts)).toEqual(['10.0.0.1 HEALTHY']);
  });

  it('are all of them where clients prefer what is near', () => {
    const parts = {
      ...echoWith(all('healthy', 'unhealthy'), { trafficDistribution: 'same-zone' }),
      destinationRules: [minHealth],
    };
    expect(summaryOf(parts)).toEqual(['10.0.0.1 HEALTHY', '10.0.0.2 UNHEALTHY']);
  });

  it.each([
    { label: 'istio.io/persistent-session', expected: ['10.0.0.1 DRAINING', '10.0.0.2 DRAINING'] },
    { label: 'istio.io/persistent-session-header', expected: [] },
  ])('are draining ones only for sessions that a cookie holds: $label', ({ label, expected }) => {
    const endpoints = [
      endpoint('10.0.0.1', { health: 'draining' }),
      endpoint('10.0.0.2', { labels: { 'istio.io/draining': 'true' } }),
    ];
    expect(summaryOf(echoWith(endpoints, { labels: { [label]: 'x' } }))).toEqual(expected);
  });

  it('are those of the port, by its name', () => {
    const endpoints = [
      endpoint('10.0.0.1'),
      endpoint('10.0.0.2', { servicePortName: 'grpc-api', servicePortNumber: 80 }),
      endpoint('10.0.0.3', { servicePortNumber: 1234 }),
    ];
    expect(summaryOf(echoWith(endpoints))).toEqual(['10.0.0.1 HEALTHY', '10.0.0.3 HEALTHY']);
  });

  it('are IP addresses and sockets, not names', () => {
    const endpoints = [endpoint('a.example.com'), endpoint('unix:///a.sock', { port: 0 }), endpoint('2001:db8::1')];
    expect(summaryOf(echoWith(endpoints))).toEqual(['/a.sock HEALTHY', '2001:db8::1 HEALTHY']);
  });

  it.each([
    { subset: 'v1', expected: ['10.0.0.1 HEALTHY'] },
    { subset: 'both', expected: ['10.0.0.1 HEALTHY'] },
    { subset: 'any', expected: ['10.0.0.1 HEALTHY', '10.0.0.2 HEALTHY'] },
    { subset: 'none', expected: [] },
  ])('are those with the labels of subset $subset', ({ subset, expected }) => {
    const endpoints = [
      endpoint('10.0.0.1', { labels: { version: 'v1', zone: 'a' } }),
      endpoint('10.0.0.2', { labels: { version: 'v2' } }),
    ];
    const subsets = [
      { name: 'v1', labels: { version: 'v1' } },
      { name: 'both', labels: { version: 'v1', zone: 'a' } },
      { name: 'any', labels: {} },
      { name: 'none', labels: { version: 'v3' } },
    ];
    const parts = { ...echoWith(endpoints), destinationRules: [rule(undefined, { subsets })] };
    expect(summaryOf(parts, `outbound|80|${subset}|${ECHO}`)).toEqual(expected);
  });

  it('are those of the own node, for a service that is local to it', () => {
    const endpoints = [endpoint('10.0.0.1', { node: 'n1' }), endpoint('10.0.0.2', { node: 'n2' })];
    const parts = { ...echoWith(endpoints, { nodeLocal: true }), placement: { ...NOWHERE, nodeName: 'n2' } };
    expect(summaryOf(parts)).toEqual(['10.0.0.2 HEALTHY']);
  });

  it('are those of the own cluster, for a service that is local to it', () => {
    const endpoints = [endpoint('10.0.0.1', { cluster: 'c1' }), endpoint('10.0.0.2', { cluster: 'c2' })];
    const clusterLocalHosts = [
      { host: '*.default.svc.cluster.local', local: false },
      { host: ECHO, local: true },
    ];
    const parts = {
      ...echoWith(endpoints),
      mesh: meshConfig({ clusterLocalHosts }),
      proxy: sidecarClass({ cluster: 'c2' }),
    };
    expect(summaryOf(parts)).toEqual(['10.0.0.2 HEALTHY']);
  });

  it('are those of the networks that the proxy asked to see', () => {
    const endpoints = ['n1', 'n2', ''].map((network, i) => endpoint(`10.0.0.${i + 1}`, { network }));
    const proxy = sidecarClass({ settings: { networkView: ['n2'] } });
    expect(summaryOf({ ...echoWith(endpoints), proxy })).toEqual(['10.0.0.2 HEALTHY', '10.0.0.3 HEALTHY']);
  });
});

describe('mTLS to an endpoint', () => {
  const endpoints = [
    endpoint('10.0.0.1', { tlsMode: 'istio' }),
    endpoint('10.0.0.2'),
    endpoint('10.0.0.3', { tlsMode: 'refused' }),
  ];
  const some = ['10.0.0.1 HEALTHY mtls', '10.0.0.2 HEALTHY', '10.0.0.3 HEALTHY'];
  const none = ['10.0.0.1 HEALTHY', '10.0.0.2 HEALTHY', '10.0.0.3 HEALTHY'];
  const able = ['10.0.0.1 HEALTHY mtls', '10.0.0.2 HEALTHY', '10.0.0.3 HEALTHY mtls'];
  const portLevel = new Map([[80, { connectionPool: {} }]]);
  it.each([
    { when: 'no rule says otherwise: by what it can do, and its policy lets it', policy: {}, expected: some },
    { when: 'a rule originates TLS of its own', policy: { tls: simpleTls() }, expected: none },
    {
      when: 'a rule demands it: by what it can do',
      policy: { tls: { mode: 'istio-mutual', subjectAltNames: [] } },
      expected: able,
    },
    { when: 'a port-level entry does not mention TLS', policy: { tls: simpleTls(), portLevel }, expected: none },
  ] as const)('when $when', ({ policy, expected }) => {
    expect(summaryOf({ ...echoWith(endpoints), destinationRules: [rule(policy)] })).toEqual(expected);
  });
});

describe('which clusters have assignments', () => {
  const names = (parts: ClusterParts) => compileAssignments(parts).map((resource) => resource.name);
  const headless = service('default', 'hl', { resolution: 'passthrough', headless: true });
  const subsets = [
    { name: 'v1', labels: { version: 'v1' } },
    { name: 'orig', labels: {}, trafficPolicy: trafficPolicyOf({ loadBalancer: { simple: 'passthrough' } }) },
  ];

  it('are those of EDS, with their subsets', () => {
    const web = service('default', 'web');
    const services = [
      web,
      headless,
      external('dns.example.com', { resolution: 'dns' }),
      external('static.example.com'),
    ];
    const destinationRules = [rule(undefined, { host: web.hostname, subsets })];
    expect(names({ services, destinationRules })).toEqual([
      `outbound|80||${web.hostname}`,
      `outbound|80|v1|${web.hostname}`,
      'outbound|80||static.example.com',
    ]);
  });

  it('are, at a gateway, headless services too, and names by SNI', () => {
    const web = service('default', 'web');
    const services = [web, headless, external('static.example.com')];
    expect(names({ services, proxy: routerClass({ namespace: 'default' }), hasAutoPassthrough: true })).toEqual([
      `outbound|80||${web.hostname}`,
      `outbound_.80_._.${web.hostname}`,
      `outbound|80||${headless.hostname}`,
      `outbound_.80_._.${headless.hostname}`,
      'outbound|80||static.example.com',
    ]);
  });

  it('have, by SNI, only hosts that mTLS is used to', () => {
    const endpoints = [endpoint('10.0.0.1', { tlsMode: 'istio' }), endpoint('10.0.0.2')];
    const parts = { ...echoWith(endpoints), proxy: routerClass({ namespace: 'default' }), hasAutoPassthrough: true };
    expect(summaryOf(parts, `outbound_.80_._.${ECHO}`)).toEqual(['10.0.0.1 HEALTHY mtls']);
    expect(summaryOf(parts)).toEqual(['10.0.0.1 HEALTHY mtls', '10.0.0.2 HEALTHY']);
  });
});

describe('what a change compiles again', () => {
  const web = service('default', 'web');
  const one = { [ECHO]: [endpoint('10.0.0.1')], [web.hostname]: [endpoint('10.0.1.1')] };
  const services = [echo(), web];

  it('is the assignments of the service whose endpoints changed', () => {
    const cache = new CompileCache();
    const before = compileAssignments({ services, endpoints: one, cache });
    const after = compileAssignments({
      services,
      endpoints: { ...one, [web.hostname]: [endpoint('10.0.1.2')] },
      cache,
    });
    const changed = after.filter((resource) => !before.includes(resource)).map((resource) => resource.name);
    expect(changed).toEqual([`outbound|80||${web.hostname}`]);
  });

  it('is nothing for proxies that stand elsewhere, while nothing looks at it', () => {
    const cache = new CompileCache();
    const before = compileAssignments({ services, endpoints: one, cache });
    const placement = { locality: { region: 'r9', zone: '', subzone: '' }, nodeName: 'n9' };
    const proxy = sidecarClass({ cluster: 'c9', network: 'n9', ipMode: 'dual', capabilities: { identity: 'none' } });
    const after = compileAssignments({ services, endpoints: one, cache, placement, proxy });
    expect(after.every((resource, i) => resource === before[i])).toBe(true);
  });
});
