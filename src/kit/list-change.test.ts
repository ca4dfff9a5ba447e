import { describe, expect, it } from 'vitest';
import { findCommonEnds } from './common-ends.ts';
import { findListChange } from './list-change.ts';
import { patchSorted } from './patch-sorted.ts';

describe('findListChange', () => {
  it.each([
    { when: 'nothing changes', before: 'abc', after: 'abc', gone: '', come: '', isReordered: false },
    { when: 'one changes', before: 'abc', after: 'axc', gone: 'b', come: 'x', isReordered: false },
    { when: 'one comes first', before: 'abc', after: 'xabc', gone: '', come: 'x', isReordered: false },
    { when: 'one goes last', before: 'abc', after: 'ab', gone: 'c', come: '', isReordered: false },
    { when: 'two far apart change', before: 'abcd', after: 'xbcy', gone: 'ad', come: 'xy', isReordered: false },
    { when: 'two change places', before: 'abcd', after: 'acbd', gone: '', come: '', isReordered: true },
    { when: 'all goes', before: 'ab', after: '', gone: 'ab', come: '', isReordered: false },
  ])('tells what is different when $when', ({ before, after, gone, come, isReordered }) => {
    expect(findListChange([...before], [...after])).toEqual({ gone: [...gone], come: [...come], isReordered });
  });
});

describe('findCommonEnds', () => {
  it.each([
    { a: 'abc', b: 'abc', ends: { prefix: 3, suffix: 0 } },
    { a: 'abc', b: 'axbc', ends: { prefix: 1, suffix: 2 } },
    { a: 'aaa', b: 'aa', ends: { prefix: 2, suffix: 0 } },
    { a: '', b: 'a', ends: { prefix: 0, suffix: 0 } },
  ])('counts no element of $a and $b twice', ({ a, b, ends }) => {
    expect(findCommonEnds([...a], [...b])).toEqual(ends);
  });
});

describe('patchSorted', () => {
  const byNumber = (a: number, b: number) => a - b;
  const all = Array.from({ length: 100 }, (_, i) => 2 * i);

  it.each([
    { when: 'few come', removed: [4], added: [5, 1] },
    { when: 'many come', removed: [0, 198], added: all.map((n) => n + 1) },
    { when: 'nothing happens', removed: [], added: [] },
  ])('is sorted when $when', ({ removed, added }) => {
    const expected = [...all.filter((n) => !removed.includes(n)), ...added].sort(byNumber);
    expect(patchSorted(all, new Set(removed), added, byNumber)).toEqual(expected);
  });
});
