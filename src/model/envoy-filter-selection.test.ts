import { describe, expect, it } from 'vitest';
import { meta } from '../../test/support/model.ts';
import type { EnvoyFilter } from './envoy-filter.ts';
import { selectEnvoyFilters } from './envoy-filter-selection.ts';

const filter = (
  name: string,
  rest: Partial<EnvoyFilter> & { namespace?: string; createdMs?: number } = {},
): EnvoyFilter => {
  const { namespace = 'shop', createdMs = 0, ...own } = rest;
  return {
    meta: meta('EnvoyFilter', namespace, name, { createdMs }),
    targetRefs: [],
    priority: 0,
    patches: [],
    ...own,
  };
};

const namesFor = (filters: readonly EnvoyFilter[], labels: Record<string, string> = { app: 'web' }) =>
  selectEnvoyFilters(filters, { namespace: 'shop', labels }, 'root').map(({ meta: { name } }) => name);

describe('selectEnvoyFilters', () => {
  it.each([
    {
      when: 'priority counts first',
      filters: [filter('a', { priority: 1 }), filter('b'), filter('c', { priority: -1 })],
      names: ['c', 'b', 'a'],
    },
    {
      when: 'the root namespace comes first, however young',
      filters: [filter('a', { createdMs: 1 }), filter('b', { namespace: 'root', createdMs: 9 })],
      names: ['b', 'a'],
    },
    {
      when: 'then age counts, then the name',
      filters: [filter('c', { createdMs: 2 }), filter('b', { createdMs: 1 }), filter('a', { createdMs: 2 })],
      names: ['b', 'a', 'c'],
    },
    { when: 'other namespaces have no say', filters: [filter('a', { namespace: 'other' })], names: [] },
    {
      when: 'a selector asks for all its labels',
      filters: [
        filter('a', { workloadSelector: { app: 'web' } }),
        filter('b', { workloadSelector: { app: 'web', tier: 'x' } }),
        filter('c', { workloadSelector: { app: 'web' }, namespace: 'root' }),
      ],
      names: ['c', 'a'],
    },
  ])('when $when', ({ filters, names }) => {
    expect(namesFor(filters)).toEqual(names);
  });

  const group = 'gateway.networking.k8s.io';
  it.each([
    { target: { group, kind: 'Gateway', name: 'gw', namespace: '' }, gateway: 'gw', namespace: 'shop', hit: true },
    { target: { group, kind: 'Gateway', name: 'gw', namespace: 'shop' }, gateway: 'gw', namespace: 'shop', hit: true },
    {
      target: { group, kind: 'Gateway', name: 'gw', namespace: 'other' },
      gateway: 'gw',
      namespace: 'shop',
      hit: false,
    },
    { target: { group, kind: 'Gateway', name: 'gw', namespace: '' }, gateway: 'gw', namespace: 'root', hit: false },
    { target: { group, kind: 'Gateway', name: 'gw', namespace: '' }, gateway: 'other', namespace: 'shop', hit: false },
    {
      target: { group, kind: 'Gateway', name: 'gw', namespace: '' },
      gateway: undefined,
      namespace: 'shop',
      hit: false,
    },
    { target: { group: '', kind: 'Gateway', name: 'gw', namespace: '' }, gateway: 'gw', namespace: 'shop', hit: false },
    { target: { group: '', kind: 'Service', name: 'gw', namespace: '' }, gateway: 'gw', namespace: 'shop', hit: false },
  ])('attaches from $namespace to $target of Gateway $gateway: $hit', ({ target, gateway, namespace, hit }) => {
    const labels: Record<string, string> =
      gateway === undefined ? {} : { 'gateway.networking.k8s.io/gateway-name': gateway };
    expect(namesFor([filter('a', { targetRefs: [target], namespace })], labels)).toEqual(hit ? ['a'] : []);
  });
});
