import { describe, expect, it } from 'vitest';
import { diffLayers, type Layers, versionOfLayers } from './layers.ts';
import { type Contents, resourceSet } from './testing.ts';
import { CLUSTER_TYPE } from './type-url.ts';

function layers(...contents: readonly Contents[]): Layers {
  return contents.map((one) => resourceSet(CLUSTER_TYPE, one));
}

describe('diffLayers', () => {
  it.each([
    { when: 'layers are equal', before: [{ a: '1' }], after: [{ a: '1' }], changed: [], removed: [] },
    {
      when: 'one of two changes',
      before: [{ a: '1' }, { b: '1' }],
      after: [{ a: '1' }, { b: '2' }],
      changed: ['b'],
      removed: [],
    },
    { when: 'a layer is added', before: [{ a: '1' }], after: [{ a: '1' }, { b: '1' }], changed: ['b'], removed: [] },
    { when: 'a layer goes', before: [{ a: '1' }, { b: '1' }], after: [{ a: '1' }], changed: [], removed: ['b'] },
    {
      when: 'a layer comes in front',
      before: [{ b: '1' }],
      after: [{ a: '1' }, { b: '1' }],
      changed: ['a'],
      removed: [],
    },
    {
      when: 'a resource moves to a later layer',
      before: [{ a: '1', m: '1' }, { b: '1' }],
      after: [{ a: '1' }, { b: '1', m: '1' }],
      changed: [],
      removed: [],
    },
    {
      when: 'a resource moves to an earlier layer and changes',
      before: [{ a: '1' }, { b: '1', m: '1' }],
      after: [{ a: '1', m: '2' }, { b: '1' }],
      changed: ['m'],
      removed: [],
    },
    { when: 'all go', before: [{ a: '1' }, { b: '1' }], after: [], changed: [], removed: ['a', 'b'] },
  ] satisfies { before: Contents[]; after: Contents[]; [key: string]: unknown }[])('when $when', (row) => {
    const delta = diffLayers(layers(...row.before), layers(...row.after));
    expect(delta.changed.flatMap((batch) => batch.resources.map(({ name }) => name))).toEqual(row.changed);
    expect(delta.removed.map(({ name }) => name)).toEqual(row.removed);
  });

  it('does not look into sets that both have', () => {
    const [shared, own, next] = layers({ a: '1', b: '1' }, { c: '1' }, { c: '2' });
    if (shared === undefined || own === undefined || next === undefined) throw new Error('no sets');
    const delta = diffLayers([shared, own], [shared, next]);
    expect(delta.changed).toEqual([next.deltaFrom(own).changed]);
    expect(delta.changed[0]).toBe(next.deltaFrom(own).changed);
  });
});

describe('versionOfLayers', () => {
  it('is that of a single layer, and otherwise depends on all', () => {
    const [a, b] = layers({ a: '1' }, { b: '1' });
    if (a === undefined || b === undefined) throw new Error('no sets');
    expect(versionOfLayers([a])).toBe(a.version);
    expect(
      new Set([versionOfLayers([a, b]), versionOfLayers([a]), versionOfLayers([b]), versionOfLayers([])]).size,
    ).toBe(4);
  });
});
