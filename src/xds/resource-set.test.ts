import { describe, expect, it } from 'vitest';
import { NameSet } from './name-set.ts';
import { ResourceSet } from './resource-set.ts';
import { type Contents, resourceSet } from './testing.ts';
import { CLUSTER_TYPE } from './type-url.ts';

function set(contents: Contents): ResourceSet {
  return resourceSet(CLUSTER_TYPE, contents);
}

describe('ResourceSet.deltaFrom', () => {
  it.each([
    { when: 'nothing changes', before: { a: '1' }, after: { a: '1' }, changed: [], removed: [] },
    {
      when: 'one resource changes',
      before: { a: '1', b: '1' },
      after: { a: '1', b: '2' },
      changed: ['b'],
      removed: [],
    },
    { when: 'one resource is new', before: { a: '1' }, after: { a: '1', b: '1' }, changed: ['b'], removed: [] },
    { when: 'one resource is gone', before: { a: '1', b: '1' }, after: { b: '1' }, changed: [], removed: ['a'] },
    { when: 'only order changes', before: { a: '1', b: '1' }, after: { b: '1', a: '1' }, changed: [], removed: [] },
    { when: 'all is new', before: {}, after: { a: '1', b: '1' }, changed: ['a', 'b'], removed: [] },
    { when: 'all is gone', before: { a: '1', b: '1' }, after: {}, changed: [], removed: ['a', 'b'] },
  ] satisfies { before: Contents; after: Contents; [key: string]: unknown }[])('when $when', (row) => {
    const before = set(row.before);
    const after = set(row.after);
    const delta = after.deltaFrom(before);
    expect(delta.changed.resources.map(({ name }) => name)).toEqual(row.changed);
    expect(delta.removed.map(({ name }) => name)).toEqual(row.removed);
    expect(after.deltaFrom(before)).toBe(delta);
  });

  it('shares the whole set when all of it changed', () => {
    const after = set({ a: '1', b: '1' });
    expect(after.deltaFrom(ResourceSet.empty(CLUSTER_TYPE)).changed).toBe(after.all);
  });
});

describe('ResourceSet.version', () => {
  it.each([
    { when: 'content is equal', other: { a: '1', b: '2' }, same: true },
    { when: 'only order differs', other: { b: '2', a: '1' }, same: true },
    { when: 'a resource differs', other: { a: '1', b: '3' }, same: false },
    { when: 'a name differs', other: { a: '1', c: '2' }, same: false },
    { when: 'one is missing', other: { a: '1' }, same: false },
  ] satisfies { other: Contents; [key: string]: unknown }[])('is the same or not when $when', ({ other, same }) => {
    expect(set({ a: '1', b: '2' }).version === set(other).version).toBe(same);
  });
});

describe('ResourceSet.select', () => {
  const abc = set({ a: '1', b: '1', c: '1' });

  it.each([
    { when: 'some are asked for', names: ['b', 'x'], found: ['b'] },
    { when: 'more are asked for than there are', names: ['c', 'x', 'y', 'z'], found: ['c'] },
    { when: 'none is there', names: ['x'], found: [] },
  ])('gives what is there when $when', ({ names, found }) => {
    const selection = abc.select(NameSet.of(names));
    expect(selection.resources.map(({ name }) => name)).toEqual(found);
    expect(abc.select(NameSet.of(names))).toBe(selection);
  });

  it('gives the whole set itself when all is asked for', () => {
    expect(abc.select(NameSet.of(['c', 'b', 'a']))).toBe(abc.all);
    expect(abc.select(NameSet.of(['c', 'b', 'a', 'x']))).toBe(abc.all);
  });
});

describe('ResourceSet.of', () => {
  it('keeps the later of two resources with one name', () => {
    const twice = ResourceSet.of(CLUSTER_TYPE, [...set({ a: '1' }).all.resources, ...set({ a: '2' }).all.resources]);
    expect(twice.size).toBe(1);
    expect(twice.version).toBe(set({ a: '2' }).version);
  });
});
