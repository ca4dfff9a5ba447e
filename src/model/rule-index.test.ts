import { describe, expect, it } from 'vitest';
import { destinationRule } from '../../test/support/model.ts';
import type { DestinationRule } from './destination-rule.ts';
import { RuleIndex } from './rule-index.ts';

const ROOT = 'istio-system';
const HOST = 'reviews.shop.svc.cluster.local';
const subset = (name: string) => ({ name, labels: { version: name } });

function rule(namespace: string, name: string, rest: Partial<DestinationRule> = {}): DestinationRule {
  return destinationRule(namespace, name, { host: HOST, ...rest });
}

it('finds for the inbound side no rule for chosen workloads', () => {
  const chosen = rule('shop', 'chosen', { workloadSelector: {}, exportTo: ['.'] });
  const find = (...rules: DestinationRule[]) =>
    new RuleIndex(rules, ROOT).findInbound(HOST, 'shop', 'shop')?.sources.map(({ meta }) => meta.name);
  expect(find(chosen)).toBeUndefined();
  expect(find(chosen, rule('shop', 'general'))).toEqual(['general']);
});

describe('RuleIndex.find', () => {
  it.each<{
    when: string;
    rules: DestinationRule[];
    client?: string;
    labels?: Record<string, string>;
    found: string[];
  }>([
    { when: 'nobody wrote one', rules: [], found: [] },
    { when: "the service's namespace has one", rules: [rule('shop', 'a')], found: ['a'] },
    { when: 'the client has its own', rules: [rule('shop', 'a'), rule('web', 'b')], found: ['b'] },
    { when: "a third namespace's is no business of ours", rules: [rule('other', 'a')], found: [] },
    { when: 'only the root namespace has one', rules: [rule(ROOT, 'a')], found: ['a'] },
    { when: 'it is private to the service', rules: [rule('shop', 'a', { exportTo: ['.'] })], found: [] },
    { when: 'it is exported to somebody else', rules: [rule('shop', 'a', { exportTo: ['other'] })], found: [] },
    {
      when: 'the more specific host decides',
      rules: [rule('shop', 'a', { host: '*.local' }), rule('shop', 'b')],
      found: ['b'],
    },
    {
      when: "a wildcard of the client's ends the search",
      rules: [rule('web', 'a', { host: '*.local' }), rule('shop', 'b')],
      found: ['a'],
    },
    {
      when: 'rules of one host are merged, oldest first',
      rules: [rule('shop', 'a', { subsets: [subset('v1')] }), rule('shop', 'b', { subsets: [subset('v2')] })],
      found: ['a', 'b'],
    },
    {
      when: 'a rule chooses the client by its labels',
      rules: [rule('web', 'a'), rule('web', 'b', { workloadSelector: { app: 'web' }, exportTo: ['.'] })],
      labels: { app: 'web' },
      found: ['b'],
    },
    {
      when: 'a rule chooses others',
      rules: [rule('web', 'a'), rule('web', 'b', { workloadSelector: { app: 'web' }, exportTo: ['.'] })],
      labels: { app: 'job' },
      found: ['a'],
    },
  ])('when $when', ({ rules, client = 'web', labels = {}, found }) => {
    const effective = new RuleIndex(rules, ROOT).find(HOST, 'shop', { namespace: client, labels });
    expect(effective?.sources.map((r) => r.meta.name) ?? []).toEqual(found);
  });

  const chosen = (name: string, app: string) => rule('web', name, { workloadSelector: { app }, exportTo: [] });
  const inWeb = (name: string, exportTo: string[]) => rule('web', name, { exportTo });

  it.each<{ rules: DestinationRule[]; seen: Record<string, string[]>; what: string }>([
    {
      what: 'one that is exported further is merged, and lost where the older one is not exported',
      rules: [rule('shop', 'a', { exportTo: ['web'] }), rule('shop', 'b', { exportTo: ['web', 'job'] })],
      seen: { web: ['a', 'b'], job: [] },
    },
    {
      what: 'one that is exported less far stays apart',
      rules: [inWeb('a', ['.', 'x']), inWeb('b', ['.'])],
      seen: { web: ['b'] },
    },
    {
      what: 'one that says it is for all stays apart from one that says nothing',
      rules: [inWeb('a', []), inWeb('b', ['*'])],
      seen: { web: ['b'] },
    },
    {
      what: 'a private one becomes part of one for chosen workloads, and is lost for others',
      rules: [chosen('a', 'web'), inWeb('b', ['.'])],
      seen: { 'web web': ['a', 'b'], 'web job': [] },
    },
    {
      what: 'a less private one becomes part of it too, and stays',
      rules: [chosen('a', 'web'), inWeb('b', ['.', 'x'])],
      seen: { 'web web': ['a', 'b'], 'web job': ['b'] },
    },
    {
      what: 'a public one has nothing to do with it',
      rules: [chosen('a', 'web'), inWeb('b', [])],
      seen: { 'web web': ['a'], 'web job': ['b'] },
    },
    {
      what: 'those for chosen workloads are merged when they choose the same',
      rules: [chosen('a', 'web'), chosen('b', 'job'), chosen('c', 'web')],
      seen: { 'web web': ['a', 'c'], 'web job': ['b'] },
    },
  ])('of two rules, $what', ({ rules, seen }) => {
    const index = new RuleIndex(rules, ROOT);
    const found = Object.keys(seen).map((client) => {
      const [namespace = '', app = ''] = client.split(' ');
      const effective = index.find(HOST, 'shop', { namespace, labels: { app } });
      return [client, effective?.sources.map(({ meta }) => meta.name) ?? []];
    });
    expect(Object.fromEntries(found)).toEqual(seen);
  });

  it('takes the first traffic policy and the first subset of each name', () => {
    const index = new RuleIndex(
      [
        rule('shop', 'a', { subsets: [subset('v1')] }),
        rule('shop', 'b', {
          subsets: [{ name: 'v1', labels: {} }, subset('v2')],
          trafficPolicy: { portLevel: new Map(), proxyProtocol: 'V2' },
        }),
      ],
      ROOT,
    );
    const found = index.find(HOST, 'shop', { namespace: 'web', labels: {} });
    expect([found?.subsets, found?.trafficPolicy]).toEqual([
      [subset('v1'), subset('v2')],
      { portLevel: new Map(), proxyProtocol: 'V2' },
    ]);
  });

  it('keeps the identity of a merged rule whose sources did not change', () => {
    const sources = [rule('shop', 'a'), rule('shop', 'b')];
    const before = new RuleIndex(sources, ROOT);
    const after = new RuleIndex([...sources, rule('other', 'c')], ROOT);
    const client = { namespace: 'web', labels: {} };
    expect(after.find(HOST, 'shop', client)).toBe(before.find(HOST, 'shop', client));
  });
});
