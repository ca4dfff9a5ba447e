import { describe, expect, it } from 'vitest';
import { createMemo } from './memo.ts';

const joined = () =>
  createMemo((a: object, b: string, c: object) => ({ text: `${JSON.stringify(a)}${b}${JSON.stringify(c)}` }));
const x = { x: 1 };
const y = { y: 1 };

describe('Memo.call', () => {
  it('computes once for identical arguments', () => {
    const memo = joined();
    const first = memo.call(x, 'b', y);
    expect(memo.call(x, 'b', y)).toBe(first);
    expect(memo.counts).toEqual({ hits: 1, misses: 1, size: 1 });
  });

  it.each<{ when: string; args: [object, string, object] }>([
    { when: 'an object is another one, equal or not', args: [{ x: 1 }, 'b', y] },
    { when: 'a primitive differs', args: [x, 'c', y] },
    { when: 'arguments change places', args: [y, 'b', x] },
  ])('computes anew when $when', ({ args }) => {
    const memo = joined();
    const first = memo.call(x, 'b', y);
    expect(memo.call(...args)).not.toBe(first);
    expect(memo.counts.misses).toBe(2);
  });

  it('remembers undefined, and a function of no arguments', () => {
    const memo = createMemo(() => undefined);
    memo.call();
    memo.call();
    expect(memo.counts).toEqual({ hits: 1, misses: 1, size: 1 });
  });

  it('does not remember what throws', () => {
    const memo = createMemo((text: string): string => {
      throw new Error(text);
    });
    expect(() => memo.call('odd')).toThrow('odd');
    expect(() => memo.call('odd')).toThrow('odd');
    expect(memo.counts).toEqual({ hits: 0, misses: 2, size: 0 });
  });

  it('may be called by the function itself', () => {
    const fibonacci = createMemo((n: number): number => (n < 2 ? n : fibonacci.call(n - 1) + fibonacci.call(n - 2)));
    expect(fibonacci.call(50)).toBe(12_586_269_025);
  });
});

describe('Memo.advance', () => {
  it('keeps what each generation uses, and drops what two did not', () => {
    const memo = joined();
    const used = memo.call(x, 'used', y);
    memo.call(x, 'unused', y);
    const sizes = [1, 2, 3].map(() => {
      memo.advance();
      expect(memo.call(x, 'used', y)).toBe(used);
      return memo.counts.size;
    });
    expect(sizes).toEqual([2, 2, 1]);
  });

  it('does not grow when every generation brings new objects', () => {
    const memo = joined();
    for (let i = 0; i < 100; i++) {
      memo.advance();
      for (let j = 0; j < 10; j++) memo.call({ i }, `${j}`, { j });
    }
    expect(memo.counts.size).toBe(30);
  });

  it('computes anew what it has dropped', () => {
    const memo = joined();
    memo.call(x, 'b', y);
    for (let i = 0; i < 3; i++) memo.advance();
    memo.call(x, 'b', y);
    expect(memo.counts).toEqual({ hits: 0, misses: 2, size: 1 });
  });
});

it('forgets everything on clear', () => {
  const memo = joined();
  memo.call(x, 'b', y);
  memo.clear();
  memo.call(x, 'b', y);
  expect(memo.counts).toEqual({ hits: 0, misses: 2, size: 1 });
});
