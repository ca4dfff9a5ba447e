import { describe, expect, it } from 'vitest';
import { RevisionFilter } from './revision-filter.ts';
import { RevisionTags } from './revision-tags.ts';

const group = (id: string) => ({ id, objects: [], issues: [] });
const object = (revision?: string) => ({
  metadata: { name: 'a', ...(revision !== undefined && { labels: { 'istio.io/rev': revision } }) },
});

/** What a filter says, by ids. */
const put = (filter: RevisionFilter, id: string, revision?: string) => {
  const { groups, removed } = filter.put(group(id), object(revision));
  return [groups.map((told) => told.id), removed];
};

describe('RevisionFilter', () => {
  it.each([
    { own: 'blue', label: undefined, isTold: true },
    { own: 'blue', label: 'blue', isTold: true },
    { own: 'blue', label: 'green', isTold: false },
    { own: 'default', label: 'default', isTold: true },
    { own: 'default', label: 'blue', isTold: false },
    { own: '', label: 'blue', isTold: true },
  ])('tells revision "$own" of what is labelled $label: $isTold', ({ own, label, isTold }) => {
    expect(put(new RevisionFilter(own), 'x', label)[0]).toEqual(isTold ? ['x'] : []);
  });

  it('takes back what is labelled for others now, once', () => {
    const filter = new RevisionFilter('blue');
    expect([put(filter, 'x', 'blue'), put(filter, 'x', 'green'), put(filter, 'x', 'green')]).toEqual([
      [['x'], []],
      [[], ['x']],
      [[], []],
    ]);
    expect([filter.remove('x'), put(filter, 'x')]).toEqual([{ groups: [], removed: [] }, [['x'], []]]);
  });

  it('follows tags', () => {
    const filter = new RevisionFilter('blue');
    put(filter, 'x', 'prod');
    put(filter, 'y', 'blue');
    expect(filter.setTags(new Set(['prod']))).toEqual({ groups: [group('x')], removed: [] });
    expect(filter.setTags(new Set(['prod']))).toEqual({ groups: [], removed: [] });
    expect(filter.setTags(new Set())).toEqual({ groups: [], removed: ['x'] });
  });
});

describe('RevisionTags', () => {
  it('are those that point to the revision, whatever makes them', () => {
    const tags = new RevisionTags('blue');
    tags.put('webhook/a', { 'istio.io/tag': 'prod', 'istio.io/rev': 'blue' });
    tags.put('service/a', { 'istio.io/tag': 'default', 'istio.io/rev': 'blue' });
    tags.put('webhook/b', { 'istio.io/tag': 'test', 'istio.io/rev': 'green' });
    expect(tags.list()).toEqual(new Set(['prod', 'default']));
    tags.remove('webhook/a');
    expect(tags.list()).toEqual(new Set(['default']));
  });
});
