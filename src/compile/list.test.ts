import { describe, expect, it } from 'vitest';
import { CompileCache } from './cache.ts';
import { internList } from './list.ts';

const objects = (count: number) => Array.from({ length: count }, (_, i) => ({ i }));

describe('internList', () => {
  it.each([0, 1, 32, 33, 1025, 5000])('gives the identical list for the same %i elements', (count) => {
    const cache = new CompileCache();
    const items = objects(count);
    const list = internList(cache, items);
    expect(list).toEqual(items);
    expect(internList(cache, [...items])).toBe(list);
  });

  it('tells lists apart that begin alike', () => {
    const cache = new CompileCache();
    const [a, b, c] = objects(3);
    const lists = [[a], [a, b], [a, b, c], [b, a], []].map((items) => internList(cache, items));
    expect(lists).toEqual([[a], [a, b], [a, b, c], [b, a], []]);
    expect(internList(cache, [a])).toBe(lists[0]);
  });

  it('remembers little more when one of many elements changes', () => {
    const cache = new CompileCache();
    const items = objects(1000);
    internList(cache, items);
    const before = cache.counts.misses;
    internList(cache, items.with(500, { i: -1 }));
    // Its group, the list of groups, and the whole.
    expect(cache.counts.misses - before).toBe(3);
  });
});
