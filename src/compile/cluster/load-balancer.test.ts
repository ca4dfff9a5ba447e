import { describe, expect, it } from 'vitest';
import { clusterOf, ECHO, echo, rule } from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import type { LoadBalancer, LocalityLbSetting } from '../../model/traffic-policy.ts';

const key = { kind: 'source-ip' } as const;
const outlierDetection = { splitExternalLocalOriginErrors: false, httpErrorCodes: [] } as const;

function lbFields(loadBalancer: LoadBalancer) {
  const cluster = clusterOf(`outbound|80||${ECHO}`, { services: [echo()], destinationRules: [rule({ loadBalancer })] });
  const entries = Object.entries(cluster).filter(([name]) =>
    /lb_policy|(request|robin|hash|maglev)_lb_config/.test(name),
  );
  return Object.fromEntries(entries);
}

describe('compileLoadBalancer', () => {
  it.each([
    { of: 'nothing', lb: {}, expected: { lb_policy: 'LEAST_REQUEST' } },
    { of: 'least request', lb: { simple: 'least-request' }, expected: { lb_policy: 'LEAST_REQUEST' } },
    { of: 'round robin, the default of the field', lb: { simple: 'round-robin' }, expected: {} },
    { of: 'random', lb: { simple: 'random' }, expected: { lb_policy: 'RANDOM' } },
    { of: 'passthrough', lb: { simple: 'passthrough' }, expected: { lb_policy: 'CLUSTER_PROVIDED' } },
    {
      of: 'a ring',
      lb: { consistentHash: { key, algorithm: { kind: 'ring-hash', minimumRingSize: 64 } } },
      expected: { lb_policy: 'RING_HASH', ring_hash_lb_config: { minimum_ring_size: '64' } },
    },
    {
      of: 'a ring of no given size',
      lb: { consistentHash: { key, algorithm: { kind: 'ring-hash' } } },
      expected: { lb_policy: 'RING_HASH' },
    },
    {
      of: 'maglev',
      lb: { consistentHash: { key, algorithm: { kind: 'maglev', tableSize: 65537 } } },
      expected: { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: '65537' } },
    },
    {
      of: 'round robin with warm-up',
      lb: { simple: 'round-robin', warmup: { durationMs: 30_000, legacy: false } },
      expected: {
        round_robin_lb_config: {
          slow_start_config: {
            slow_start_window: '30s',
            aggression: { default_value: 1, runtime_key: '(' },
            min_weight_percent: { value: 10 },
          },
        },
      },
    },
    {
      of: 'warm-up with every setting, and no balancer named',
      lb: { warmup: { durationMs: 5000, aggression: 2, minimumPercent: 25, legacy: false } },
      expected: {
        lb_policy: 'LEAST_REQUEST',
        least_request_lb_config: {
          slow_start_config: {
            slow_start_window: '5s',
            aggression: { default_value: 2, runtime_key: '(' },
            min_weight_percent: { value: 25 },
          },
        },
      },
    },
    {
      of: 'warm-up by its old name',
      lb: { simple: 'least-request', warmup: { durationMs: 5000, legacy: true } },
      expected: {
        lb_policy: 'LEAST_REQUEST',
        least_request_lb_config: { slow_start_config: { slow_start_window: '5s' } },
      },
    },
    {
      of: 'random, which nothing warms up',
      lb: { simple: 'random', warmup: { durationMs: 5000, legacy: false } },
      expected: { lb_policy: 'RANDOM' },
    },
  ] satisfies { of: string; lb: LoadBalancer; expected: object }[])('compiles $of', ({ lb, expected }) => {
    expect(lbFields(lb)).toEqual(expected);
  });
});

describe('localities are weighed', () => {
  const setting = (rest: Partial<LocalityLbSetting>): LocalityLbSetting => ({
    enabled: true,
    distribute: [],
    failover: [],
    failoverPriority: [],
    ...rest,
  });
  const distribute = [{ from: 'r1/*', to: { 'r1/*': 100 } }];
  const failover = [{ from: 'r1', to: 'r2' }];
  it.each([
    { when: 'a rule distributes', locality: setting({ distribute }), expected: true },
    { when: 'but not when its settings are off', locality: setting({ enabled: false, distribute }), expected: false },
    { when: 'not for a failover that never comes', locality: setting({ failover }), expected: false },
    { when: 'for failover with outlier detection', locality: setting({ failover }), outlierDetection, expected: true },
    {
      when: 'for failover by labels with outlier detection',
      locality: setting({ failoverPriority: ['a'] }),
      outlierDetection,
      expected: true,
    },
    { when: 'not for the default failover', locality: setting({}), outlierDetection, expected: false },
    { when: 'for what the mesh distributes', mesh: setting({ distribute }), expected: true },
    {
      when: 'not when a rule turns that off',
      mesh: setting({ distribute }),
      locality: setting({ enabled: false }),
      expected: false,
    },
    { when: 'for services near their clients', near: true, expected: true },
    { when: 'not when a rule says otherwise', near: true, locality: setting({}), expected: false },
  ])('$when', ({ locality, outlierDetection: outlier, mesh, near, expected }) => {
    const policy = { ...(locality && { loadBalancer: { locality } }), ...(outlier && { outlierDetection: outlier }) };
    const cluster = clusterOf(`outbound|80||${ECHO}`, {
      services: [echo(near ? { trafficDistribution: 'same-zone' } : {})],
      destinationRules: [rule(policy)],
      ...(mesh && { mesh: meshConfig({ localityLbSetting: mesh }) }),
    });
    expect(cluster.common_lb_config).toEqual({
      healthy_panic_threshold: {},
      ...(expected && { locality_weighted_lb_config: {} }),
    });
  });
});

describe('zone-aware settings', () => {
  const own = { enabled: true, failover: [], failoverPriority: [] };
  it.each([
    { when: 'a rule has them', zoneAware: own, expected: {} },
    {
      when: 'with a smallest size',
      zoneAware: { ...own, minClusterSize: 3 },
      expected: { min_cluster_size: '3' },
    },
    {
      when: 'they are off, which Envoy has to be told',
      zoneAware: { ...own, enabled: false },
      expected: { routing_enabled: {} },
    },
    { when: 'the mesh has them', mesh: own, expected: {} },
    {
      when: 'the mesh has them and a rule has others',
      zoneAware: { ...own, minClusterSize: 3 },
      mesh: { ...own, enabled: false },
      expected: { min_cluster_size: '3' },
    },
  ])('go to Envoy when $when', ({ zoneAware, mesh, expected }) => {
    const cluster = clusterOf(`outbound|80||${ECHO}`, {
      services: [echo()],
      destinationRules: zoneAware ? [rule({ loadBalancer: { zoneAware } })] : [],
      ...(mesh && { mesh: meshConfig({ zoneAwareLbSetting: mesh }) }),
    });
    expect(cluster.common_lb_config).toEqual({ healthy_panic_threshold: {}, zone_aware_lb_config: expected });
  });

  it('of the mesh give way to what a rule says of localities', () => {
    const locality: LocalityLbSetting = { enabled: true, distribute: [], failover: [], failoverPriority: [] };
    const cluster = clusterOf(`outbound|80||${ECHO}`, {
      services: [echo()],
      destinationRules: [rule({ loadBalancer: { locality } })],
      mesh: meshConfig({ zoneAwareLbSetting: own }),
    });
    expect(cluster.common_lb_config).toEqual({ healthy_panic_threshold: {} });
  });
});
