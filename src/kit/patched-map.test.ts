import { describe, expect, it } from 'vitest';
import { PatchedMap } from './patched-map.ts';

describe('PatchedMap', () => {
  const base = PatchedMap.of(
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
  );

  it.each([
    { when: 'a value is another', changes: [['a', 3]], after: [3, 2, undefined] },
    { when: 'one is new', changes: [['c', 3]], after: [1, 2, 3] },
    { when: 'one is gone', changes: [['b', undefined]], after: [1, undefined, undefined] },
    {
      when: 'one went and came',
      changes: [
        ['b', undefined],
        ['b', 4],
      ],
      after: [1, 4, undefined],
    },
  ] as const)('answers as changed when $when, and the map before as before', ({ changes, after }) => {
    const next = base.with(changes);
    expect(['a', 'b', 'c'].map((key) => next.get(key))).toEqual(after);
    expect(['a', 'b', 'c'].map((key) => next.has(key))).toEqual(after.map((value) => value !== undefined));
    expect(['a', 'b', 'c'].map((key) => base.get(key))).toEqual([1, 2, undefined]);
  });

  it('answers the same after a thousand changes as a map that was made at once', () => {
    let map = PatchedMap.of(new Map<number, number>());
    const plain = new Map<number, number>();
    for (let i = 0; i < 1000; i++) {
      const [key, value] = [(i * 7) % 300, i % 5 === 0 ? undefined : i];
      map = map.with([[key, value]]);
      if (value === undefined) plain.delete(key);
      else plain.set(key, value);
    }
    const keys = Array.from({ length: 300 }, (_, key) => key);
    expect(keys.map((key) => map.get(key))).toEqual(keys.map((key) => plain.get(key)));
  });
});
