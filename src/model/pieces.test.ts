import { describe, expect, it } from 'vitest';
import { createCutter } from './pieces.ts';

describe('createCutter', () => {
  const listPieces = createCutter<object>();
  const list = Array.from({ length: 2000 }, (_, i) => ({ i }));
  const newPieces = (next: readonly object[]) => {
    const before = new Set<unknown>(listPieces(list));
    return listPieces(next).filter((piece) => !before.has(piece)).length;
  };

  it('holds all elements in their order', () => {
    expect(listPieces(list).flat()).toEqual(list);
    expect(listPieces([])).toEqual([]);
  });

  it('has pieces of a size that is worth it', () => {
    const sizes = listPieces(list).map((piece) => piece.length);
    expect([sizes.length > 20, Math.max(...sizes) <= 257]).toEqual([true, true]);
  });

  it.each([
    { when: 'nothing changes', next: [...list], fresh: 0 },
    { when: 'one element changes', next: list.with(1000, { i: -1 }), fresh: 2 },
    { when: 'one comes first', next: [{ i: -1 }, ...list], fresh: 2 },
    { when: 'one goes', next: list.toSpliced(700, 1), fresh: 2 },
  ])('makes at most $fresh new pieces when $when', ({ next, fresh }) => {
    expect(newPieces(next)).toBeLessThanOrEqual(fresh);
    expect(listPieces(next).flat()).toEqual(next);
  });
});
