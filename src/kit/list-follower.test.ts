import { describe, expect, it } from 'vitest';
import { createListFollower } from './list-follower.ts';

const [a, b, c, d] = [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }];

describe('createListFollower', () => {
  const follower = () => {
    const asked: string[] = [];
    const sumOf = createListFollower<{ n: number }, { sum: number }>({
      make: (list) => {
        asked.push('make');
        return { sum: list.reduce((sum, { n }) => sum + n, 0) };
      },
      follow: ({ sum }, { gone, come }) => {
        asked.push('follow');
        if (come.includes(d)) return undefined;
        const total = (list: readonly { n: number }[]) => list.reduce((all, { n }) => all + n, 0);
        return { sum: sum - total(gone) + total(come) };
      },
    });
    return { asked, sumOf };
  };

  it.each([
    { when: 'an element changes', next: [a, c], sum: 4, asked: ['make', 'follow'] },
    { when: 'following gives up', next: [a, d], sum: 5, asked: ['make', 'follow', 'make'] },
    { when: 'elements change places', next: [a, c, b], sum: 6, asked: ['make', 'make'], before: [a, b, c] },
    { when: 'it begins with another', next: [b], sum: 2, asked: ['make', 'make'] },
  ])('gives what a whole look gives when $when', ({ before = [a, b], next, ...expected }) => {
    const { asked, sumOf } = follower();
    sumOf(before);
    expect([sumOf(next).sum, asked]).toEqual([expected.sum, expected.asked]);
  });

  it('gives the identical result for the identical elements', () => {
    const { sumOf } = follower();
    expect(sumOf([a, b])).toBe(sumOf([a, b]));
  });
});
