import { describe, expect, it } from 'vitest';
import type { EffectiveRule } from './effective-rule.ts';
import type { Subset, TrafficPolicy } from './traffic-policy.ts';
import { findEndpointTls, findTrafficPolicy } from './traffic-policy-resolution.ts';
import { destinationRule } from '../../test/support/model.ts';

const random = { simple: 'random' } as const;
const roundRobin = { simple: 'round-robin' } as const;
const pool = { tcp: { maxConnections: 1 } } as const;
const otherPool = { tcp: { maxConnections: 2 } } as const;
const outlier = { splitExternalLocalOriginErrors: false, httpErrorCodes: [] } as const;
const disable = { mode: 'disable' } as const;
const mutual = { mode: 'istio-mutual', subjectAltNames: [] } as const;
const tunnel = { protocol: 'CONNECT', targetHost: 'a.example.com', targetPort: 443 } as const;
const retryBudget = { percent: 50 } as const;

function policy(parts: Partial<TrafficPolicy>): TrafficPolicy {
  return { portLevel: new Map(), ...parts };
}

function effective(trafficPolicy?: TrafficPolicy, ...subsets: readonly Subset[]): EffectiveRule {
  const source = destinationRule('default', 'echo');
  return { sources: [source], host: source.host, subsets, ...(trafficPolicy && { trafficPolicy }) };
}

function subset(trafficPolicy?: TrafficPolicy): Subset {
  return { name: 'v1', labels: {}, ...(trafficPolicy && { trafficPolicy }) };
}

describe('findTrafficPolicy of a whole service', () => {
  const everything = policy({
    loadBalancer: random,
    connectionPool: pool,
    tls: mutual,
    tunnel,
    proxyProtocol: 'V2',
    retryBudget,
  });
  const withPort = policy({ ...everything, portLevel: new Map([[80, { loadBalancer: roundRobin }]]) });
  it.each([
    { when: 'there is no rule', rule: undefined, expected: {} },
    { when: 'the rule says nothing', rule: effective(), expected: {} },
    { when: 'the rule is for all ports', rule: effective(everything), expected: everything },
    { when: 'a port has an entry of its own', rule: effective(withPort), expected: { loadBalancer: roundRobin } },
    { when: 'another port has one', rule: effective(withPort), port: 90, expected: withPort },
  ])('when $when', ({ rule, port = 80, expected }) => {
    expect(findTrafficPolicy(rule, port)).toEqual(expected);
  });
});

describe('findTrafficPolicy with mesh defaults', () => {
  const defaults = { connectionPool: pool, outlierDetection: outlier };
  it.each([
    { when: 'the rule says nothing', rule: undefined, expected: defaults },
    {
      when: 'the rule sets one of them',
      rule: effective(policy({ connectionPool: otherPool })),
      expected: { portLevel: new Map(), connectionPool: otherPool, outlierDetection: outlier },
    },
    {
      when: 'a port-level entry leaves them out',
      rule: effective(policy({ portLevel: new Map([[80, { loadBalancer: random }]]) })),
      expected: { loadBalancer: random, ...defaults },
    },
    {
      when: "a subset's port-level entry leaves them out",
      rule: effective(undefined, subset(policy({ portLevel: new Map([[80, { loadBalancer: random }]]) }))),
      subset: 'v1',
      expected: { loadBalancer: random },
    },
  ])('when $when', ({ rule, subset: name, expected }) => {
    expect(findTrafficPolicy(rule, 80, name, defaults)).toEqual(expected);
  });
});

describe('findTrafficPolicy of a subset', () => {
  const whole = policy({ loadBalancer: random, connectionPool: pool, tls: mutual, proxyProtocol: 'V1', retryBudget });
  it.each([
    { when: 'it has no policy', own: undefined, expected: whole },
    {
      when: 'it sets some blocks',
      own: policy({ loadBalancer: roundRobin, outlierDetection: outlier }),
      expected: {
        loadBalancer: roundRobin,
        connectionPool: pool,
        outlierDetection: outlier,
        tls: mutual,
        proxyProtocol: 'V1',
        retryBudget,
      },
    },
    {
      when: 'its port-level entry replaces all four blocks',
      own: policy({ tls: disable, proxyProtocol: 'V2', portLevel: new Map([[80, { loadBalancer: roundRobin }]]) }),
      expected: { loadBalancer: roundRobin, proxyProtocol: 'V2', retryBudget },
    },
  ])('when $when', ({ own, expected }) => {
    expect(findTrafficPolicy(effective(whole, subset(own)), 80, 'v1')).toEqual(expected);
  });

  it('is that of the whole service when the rule does not declare the subset', () => {
    expect(findTrafficPolicy(effective(whole), 80, 'v9')).toBe(whole);
  });

  it('starts from the port-level entry of the rule', () => {
    const rule = effective(
      policy({ tls: mutual, portLevel: new Map([[80, { connectionPool: pool }]]) }),
      subset(policy({ loadBalancer: random })),
    );
    expect(findTrafficPolicy(rule, 80, 'v1')).toEqual({ connectionPool: pool, loadBalancer: random });
  });
});

describe('findEndpointTls', () => {
  const withPort = (tls?: typeof disable) => new Map([[80, { loadBalancer: random, ...(tls && { tls }) }]]);
  it.each([
    { when: 'nothing is said', rule: effective(), expected: undefined },
    { when: 'the rule says it', rule: effective(policy({ tls: mutual })), expected: mutual },
    {
      when: 'a port-level entry says nothing of TLS, it does not clear it',
      rule: effective(policy({ tls: mutual, portLevel: withPort() })),
      expected: mutual,
    },
    {
      when: 'a port-level entry says it',
      rule: effective(policy({ tls: mutual, portLevel: withPort(disable) })),
      expected: disable,
    },
    {
      when: 'the subset says it',
      rule: effective(policy({ tls: mutual }), subset(policy({ tls: disable }))),
      expected: disable,
    },
    { when: 'the subset says nothing', rule: effective(policy({ tls: mutual }), subset()), expected: mutual },
  ])('when $when', ({ rule, expected }) => {
    expect(findEndpointTls(rule, 80, 'v1')).toEqual(expected);
  });
});
