import { describe, expect, it } from 'vitest';
import { CompileCache } from './cache.ts';

const a = { name: 'a' };
const b = { name: 'b' };

function pair(x: object, y: unknown): { x: object; y: unknown } {
  return { x, y };
}

function element(x: object): object {
  return { x };
}

function list(cache: CompileCache, items: readonly object[]): readonly object[] {
  return items.map((item) => cache.call(element, item));
}

describe('CompileCache', () => {
  it('returns the identical result for identical arguments', () => {
    const cache = new CompileCache();
    const first = cache.call(pair, a, 1);
    expect(cache.call(pair, a, 1)).toBe(first);
    expect(cache.counts).toEqual({ size: 1, hits: 1, misses: 1 });
  });

  it.each([
    { when: 'an object is another one of equal content', args: [{ name: 'a' }, 1] as const },
    { when: 'a primitive differs', args: [a, 2] as const },
    { when: 'an object differs', args: [b, 1] as const },
  ])('computes anew when $when', ({ args }) => {
    const cache = new CompileCache();
    const first = cache.call(pair, a, 1);
    expect(cache.call(pair, ...args)).not.toBe(first);
    expect(cache.counts.misses).toBe(2);
  });

  it('forgets what was not asked for in two generations', () => {
    const cache = new CompileCache();
    cache.call(pair, a, 1);
    for (let i = 0; i < 3; i++) {
      cache.call(pair, b, 1);
      cache.advance();
    }
    expect(cache.counts.size).toBe(1);
    cache.call(pair, a, 1);
    expect(cache.counts.misses).toBe(3);
  });

  it('keeps the elements of a list that nobody had to rebuild', () => {
    const cache = new CompileCache();
    const items = [a, b];
    const first = cache.call(list, cache, items);
    for (let i = 0; i < 5; i++) {
      cache.call(list, cache, items);
      cache.advance();
    }
    expect(cache.call(list, cache, [b, a])).toEqual([first[1], first[0]]);
    expect(cache.counts.misses).toBe(4);
  });

  it('keeps calls of one function with more and fewer arguments apart', () => {
    const cache = new CompileCache();
    const all = (...args: readonly object[]) => [...args];
    expect([cache.call(all, a), cache.call(all, a, b), cache.call(all, a)]).toEqual([[a], [a, b], [a]]);
    expect(cache.counts).toEqual({ size: 2, hits: 1, misses: 2 });
  });

  it('tells calls apart wherever they part, and goes on doing so when some are forgotten', () => {
    const cache = new CompileCache();
    const list = (...args: readonly unknown[]) => args;
    const calls = [
      [1, a, 'x', Number.NaN],
      [1, a, 'x', 0],
      [1, a, 'y', 0],
      [1, b, 'y', 0],
      [2, b, 'y', undefined],
    ] as const;
    const first = calls.map((args) => cache.call(list, ...args));
    for (let i = 0; i < 3; i++) {
      cache.advance();
      for (const args of calls.slice(1)) cache.call(list, ...args);
    }
    expect(calls.map((args, i) => cache.call(list, ...args) === first[i])).toEqual([false, true, true, true, true]);
    expect(cache.counts).toMatchObject({ size: 5, misses: 6 });
  });

  it('does not remember a call that threw', () => {
    const cache = new CompileCache();
    const fail = (): never => {
      throw new Error('broken');
    };
    expect(() => cache.call(fail)).toThrow('broken');
    expect(cache.counts.size).toBe(0);
  });
});
