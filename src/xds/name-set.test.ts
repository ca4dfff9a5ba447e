import { describe, expect, it } from 'vitest';
import { NameSet } from './name-set.ts';

describe('NameSet.of', () => {
  it.each([
    { when: 'order differs', a: ['x', 'y', 'z'], b: ['z', 'x', 'y'], same: true },
    { when: 'names repeat', a: ['x', 'y'], b: ['x', 'y', 'x'], same: true },
    { when: 'both are empty', a: [], b: [], same: true },
    { when: 'one has more', a: ['x', 'y'], b: ['x'], same: false },
    { when: 'only one name differs', a: ['x', 'y'], b: ['x', 'z'], same: false },
    { when: 'letters moved between names', a: ['ab', 'c'], b: ['a', 'bc'], same: false },
  ])('gives one instance for one content: $when', ({ a, b, same }) => {
    expect(NameSet.of(a) === NameSet.of(b)).toBe(same);
  });
});

describe('the operations', () => {
  const ab = NameSet.of(['a', 'b']);
  const bc = NameSet.of(['b', 'c']);

  it.each([
    { operation: 'union', result: ab.union(bc), names: ['a', 'b', 'c'] },
    { operation: 'union with a part of it', result: ab.union(NameSet.of(['b'])), names: ['a', 'b'] },
    { operation: 'union with nothing', result: ab.union(NameSet.EMPTY), names: ['a', 'b'] },
    { operation: 'union of nothing', result: NameSet.EMPTY.union(ab), names: ['a', 'b'] },
    { operation: 'minus', result: ab.minus(bc), names: ['a'] },
    { operation: 'minus itself', result: ab.minus(ab), names: [] },
    { operation: 'minus strangers', result: ab.minus(NameSet.of(['x'])), names: ['a', 'b'] },
    { operation: 'intersection', result: ab.intersection(bc), names: ['b'] },
    { operation: 'intersection with itself', result: ab.intersection(ab), names: ['a', 'b'] },
    { operation: 'intersection with strangers', result: ab.intersection(NameSet.of(['x', 'y', 'z'])), names: [] },
  ])('$operation gives the canonical set', ({ result, names }) => {
    expect([...result].sort()).toEqual(names);
    expect(result).toBe(NameSet.of(names));
  });
});
