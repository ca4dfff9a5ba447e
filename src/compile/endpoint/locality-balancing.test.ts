import { describe, expect, it } from 'vitest';
import { assignmentOf, ECHO, echo, rule } from '../../../test/support/clusters.ts';
import { endpoint, sidecarClass } from '../../../test/support/scopes.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { Service } from '../../model/service.ts';
import type { LocalityLbSetting, TrafficPolicy, ZoneAwareLbSetting } from '../../model/traffic-policy.ts';

const outlierDetection = { splitExternalLocalOriginErrors: false, httpErrorCodes: [] } as const;
const LOCALITIES = ['r1/z1/sz1', 'r1/z1/sz2', 'r1/z2', 'r2', 'r3'] as const;
const client = { locality: { region: 'r1', zone: 'z1', subzone: 'sz1' }, nodeName: 'node-1' };

function locality(rest: Partial<LocalityLbSetting>): Pick<TrafficPolicy, 'loadBalancer'> {
  return { loadBalancer: { locality: { enabled: true, distribute: [], failover: [], failoverPriority: [], ...rest } } };
}

interface Row {
  readonly policy: Partial<TrafficPolicy>;
  readonly endpoints?: readonly Endpoint[];
  readonly service?: Partial<Service>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly network?: string;
}

const oneEach = LOCALITIES.map((place, i) => endpoint(`10.0.0.${i + 1}`, { locality: place }));

/** One line per group: its locality, weight and priority, and its hosts' last numbers. */
function groupsOf({ policy, endpoints = oneEach, service = {}, labels = {}, network = '' }: Row): readonly string[] {
  const assignment = Object(
    assignmentOf(`outbound|80||${ECHO}`, {
      services: [echo(service)],
      destinationRules: [rule(policy)],
      endpoints: { [ECHO]: endpoints },
      placement: client,
      proxy: sidecarClass({ labels, network }),
    }),
  );
  return (assignment.endpoints ?? []).map(describeGroup);
}

function describeGroup(group: object): string {
  const { locality: place, load_balancing_weight: weight, priority = 0, lb_endpoints: hosts = [] } = Object(group);
  const where = [place.region, place.zone, place.sub_zone].filter(Boolean).join('/');
  const last = hosts.map((host: object) => String(Object(host).endpoint.address.socket_address.address).slice(-1));
  return `${where} weight ${weight} priority ${priority}: ${last.join(' ')}`;
}

describe('failover by locality', () => {
  it.each([
    {
      of: 'nothing at all without outlier detection',
      policy: locality({ failover: [{ from: 'r1', to: 'r3' }] }),
      priorities: [0, 0, 0, 0, 0],
    },
    { of: 'the default', policy: { outlierDetection }, priorities: [0, 1, 2, 3, 3] },
    {
      of: 'a region to fail over to',
      policy: { outlierDetection, ...locality({ failover: [{ from: 'r1', to: 'r3' }] }) },
      priorities: [0, 1, 2, 4, 3],
    },
    {
      of: 'a region for others to fail over to',
      policy: { outlierDetection, ...locality({ failover: [{ from: 'r2', to: 'r3' }] }) },
      priorities: [0, 1, 2, 3, 3],
    },
    {
      of: 'settings that are off',
      policy: { outlierDetection, ...locality({ enabled: false }) },
      priorities: [0, 0, 0, 0, 0],
    },
  ])('orders by $of', ({ policy, priorities }) => {
    const expected = LOCALITIES.map((place, i) => `${place} weight 1 priority ${priorities[i]}: ${i + 1}`);
    expect(groupsOf({ policy })).toEqual(expected);
  });

  it('leaves no gap where nothing is near', () => {
    const endpoints = oneEach.slice(2);
    expect(groupsOf({ policy: { outlierDetection }, endpoints })).toEqual([
      'r1/z2 weight 1 priority 0: 3',
      'r2 weight 1 priority 1: 4',
      'r3 weight 1 priority 1: 5',
    ]);
  });
});

describe('failover by labels', () => {
  const REGION = 'topology.kubernetes.io/region';
  const versions = ['a', 'b', 'a', undefined, 'a'];
  const endpoints = oneEach.map((host, i) => {
    const ver = versions[i];
    return ver === undefined ? host : { ...host, labels: { ver } };
  });

  it('orders by the first label that differs', () => {
    const policy = { outlierDetection, ...locality({ failoverPriority: [REGION, 'ver'] }) };
    expect(groupsOf({ policy, endpoints, labels: { ver: 'a' } })).toEqual([
      'r1/z1/sz1 weight 1 priority 0: 1',
      'r1/z1/sz2 weight 1 priority 1: 2',
      'r1/z2 weight 1 priority 0: 3',
      'r2 weight 1 priority 2: 4',
      'r3 weight 1 priority 2: 5',
    ]);
  });

  it('compares with a value that is written down', () => {
    const policy = { outlierDetection, ...locality({ failoverPriority: ['ver=b'] }) };
    expect(groupsOf({ policy, endpoints, labels: { ver: 'a' } })).toEqual([
      'r1/z1/sz1 weight 1 priority 1: 1',
      'r1/z1/sz2 weight 1 priority 0: 2',
      'r1/z2 weight 1 priority 1: 3',
      'r2 weight 1 priority 1: 4',
      'r3 weight 1 priority 1: 5',
    ]);
  });

  it('splits a locality whose hosts are near and far', () => {
    const mixed = ['a', 'b', 'a'].map((ver, i) =>
      endpoint(`10.0.0.${i + 1}`, { locality: 'r1', labels: { ver }, weight: 2 }),
    );
    const policy = { outlierDetection, ...locality({ failoverPriority: ['ver'] }) };
    expect(groupsOf({ policy, endpoints: mixed, labels: { ver: 'a' } })).toEqual([
      'r1 weight 4 priority 0: 1 3',
      'r1 weight 2 priority 1: 2',
    ]);
  });

  it('puts another network behind everything of the own one', () => {
    const hosts = [
      endpoint('10.0.0.1', { locality: 'r1', network: 'n1' }),
      endpoint('10.0.0.2', { locality: 'r2', network: 'n1' }),
      endpoint('10.0.0.3', { locality: 'r1', network: 'n2' }),
      endpoint('10.0.0.4', { locality: 'r2', network: 'n2' }),
    ];
    const policy = { outlierDetection, ...locality({ failoverPriority: ['topology.istio.io/network', REGION] }) };
    expect(groupsOf({ policy, endpoints: hosts, network: 'n1' })).toEqual([
      'r1 weight 1 priority 0: 1',
      'r1 weight 1 priority 2: 3',
      'r2 weight 1 priority 1: 2',
      'r2 weight 1 priority 3: 4',
    ]);
  });

  it('goes by locality among those that labels hold equal', () => {
    const policy = {
      outlierDetection,
      ...locality({ failoverPriority: ['ver'], failover: [{ from: 'r1', to: 'r3' }] }),
    };
    expect(groupsOf({ policy, endpoints, labels: { ver: 'a' } })).toEqual([
      'r1/z1/sz1 weight 1 priority 0: 1',
      'r1/z1/sz2 weight 1 priority 3: 2',
      'r1/z2 weight 1 priority 1: 3',
      'r2 weight 1 priority 4: 4',
      'r3 weight 1 priority 2: 5',
    ]);
  });
});

describe('zone-aware settings', () => {
  const zoneAware = (rest: Partial<ZoneAwareLbSetting>): Pick<TrafficPolicy, 'loadBalancer'> => ({
    loadBalancer: { zoneAware: { enabled: true, failover: [], failoverPriority: [], ...rest } },
  });

  it.each([
    { of: 'the own region, without outlier detection', policy: zoneAware({}), priorities: [0, 0, 0, 1, 1] },
    {
      of: 'a region to fail over to',
      policy: zoneAware({ failover: [{ from: 'r1', to: 'r3' }] }),
      priorities: [0, 0, 0, 2, 1],
    },
    {
      of: 'a region for others to fail over to',
      policy: zoneAware({ failover: [{ from: 'r2', to: 'r3' }] }),
      priorities: [0, 0, 0, 1, 1],
    },
    {
      of: 'labels, and by region among those that labels hold equal',
      policy: zoneAware({ failoverPriority: ['topology.kubernetes.io/zone=z1'] }),
      priorities: [0, 0, 1, 2, 2],
    },
    { of: 'nothing when they are off', policy: zoneAware({ enabled: false }), priorities: [0, 0, 0, 0, 0] },
  ])('order by $of', ({ policy, priorities }) => {
    const expected = LOCALITIES.map((place, i) => `${place} weight 1 priority ${priorities[i]}: ${i + 1}`);
    expect(groupsOf({ policy })).toEqual(expected);
  });
});

describe('trafficDistribution', () => {
  it('prefers the own zone, without outlier detection', () => {
    expect(groupsOf({ policy: {}, service: { trafficDistribution: 'same-zone' } })).toEqual([
      'r1/z1/sz1 weight 1 priority 0: 1',
      'r1/z1/sz2 weight 1 priority 0: 2',
      'r1/z2 weight 1 priority 1: 3',
      'r2 weight 1 priority 2: 4',
      'r3 weight 1 priority 2: 5',
    ]);
  });

  it('prefers the own node', () => {
    const hosts = ['node-1', 'node-2'].map((node, i) => endpoint(`10.0.0.${i + 1}`, { locality: 'r1/z1/sz1', node }));
    expect(groupsOf({ policy: {}, endpoints: hosts, service: { trafficDistribution: 'same-node' } })).toEqual([
      'r1/z1/sz1 weight 1 priority 0: 1',
      'r1/z1/sz1 weight 1 priority 1: 2',
    ]);
  });
});

describe('distribute', () => {
  it.each([
    {
      when: 'localities share a weight, others get nothing',
      distribute: [{ from: 'r1/*', to: { 'r1/z1/*': 70, 'r3/*': 30 } }],
      expected: [
        'r1/z1/sz1 weight 35 priority 0: 1',
        'r1/z1/sz2 weight 35 priority 0: 2',
        'r1/z2 weight 1 priority 0: ',
        'r2 weight 1 priority 0: ',
        'r3 weight 30 priority 0: 5',
      ],
    },
    {
      when: 'the first entry for the client counts',
      distribute: [
        { from: 'r2', to: { '*': 100 } },
        { from: '*', to: { r1: 100 } },
        { from: 'r1', to: { r3: 100 } },
      ],
      expected: [
        'r1/z1/sz1 weight 34 priority 0: 1',
        'r1/z1/sz2 weight 34 priority 0: 2',
        'r1/z2 weight 34 priority 0: 3',
        'r2 weight 1 priority 0: ',
        'r3 weight 1 priority 0: ',
      ],
    },
    {
      when: 'no entry is for the client',
      distribute: [{ from: 'r1/z9', to: { '*': 100 } }],
      expected: LOCALITIES.map((place, i) => `${place} weight 1 priority 0: ${i + 1}`),
    },
  ])('$when', ({ distribute, expected }) => {
    expect(groupsOf({ policy: { outlierDetection, ...locality({ distribute }) } })).toEqual(expected);
  });
});
