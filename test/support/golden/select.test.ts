import { describe, expect, it } from 'vitest';
import type { CompiledCase } from './compiled-case.ts';
import { ABSENT, select } from './select.ts';

const listener = {
  name: 'l',
  filter_chains: [
    { name: 'a', filters: [{ name: 'envoy.filters.network.tcp_proxy', typed_config: { cluster: 'one' } }] },
    { name: 'b', filters: [] },
    { name: 'a', filters: [] },
  ],
};

const compiled: CompiledCase = {
  resources: {
    cds: new Map([
      ['outbound|80||x', {}],
      ['Other', {}],
    ]),
    eds: new Map(),
    lds: new Map([['l', listener]]),
    rds: new Map(),
    sds: new Map(),
  },
  notes: [],
  issues: [],
};

describe('select', () => {
  it.each<{ entry: string; selected: unknown }>([
    { entry: 'names of clusters', selected: ['Other', 'outbound|80||x'] },
    { entry: 'names of clusters outbound|*', selected: ['outbound|80||x'] },
    { entry: 'listener l', selected: listener },
    { entry: 'listener m', selected: ABSENT },
    { entry: 'listener l → name', selected: 'l' },
    { entry: 'listener l → filter_chains[1].name', selected: 'b' },
    { entry: 'listener l → filter_chains[-1].name', selected: 'a' },
    { entry: 'listener l → filter_chains[b].name', selected: 'b' },
    { entry: 'listener l → filter_chains[a].name', selected: ['a', 'a'] },
    { entry: 'listener l → filter_chains[a#1].filters', selected: [] },
    { entry: 'listener l → filter_chains[*].{name}', selected: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] },
    { entry: 'listener l → filter_chains[*].filters[*].name', selected: ['envoy.filters.network.tcp_proxy'] },
    { entry: 'listener l → filter_chains[0].tcp.cluster', selected: 'one' },
    { entry: 'listener l → filter_chains[0].http.rds', selected: ABSENT },
  ])('$entry', ({ entry, selected }) => {
    expect(JSON.parse(JSON.stringify(select(compiled, entry)))).toEqual(selected);
  });

  it.each(['listener', 'thing l', 'names of things'])('does not guess what "%s" means', (entry) => {
    expect(() => select(compiled, entry)).toThrow(entry);
  });
});
