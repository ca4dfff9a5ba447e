import { expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

const drawAll = (count: number, random: () => number) => {
  const backoff = createBackoff({ baseMs: 100, maxMs: 1000, random });
  return Array.from({ length: count }, () => backoff.next());
};

it.each([
  { when: 'the draw is high', random: () => 1, waits: [100, 200, 400, 800, 1000, 1000] },
  { when: 'the draw is half', random: () => 0.5, waits: [50, 100, 200, 400, 500, 500] },
  { when: 'the draw is low', random: () => 0, waits: [0, 0, 0, 0, 0, 0] },
])('grows to its bound when $when', ({ random, waits }) => {
  expect(drawAll(6, random)).toEqual(waits);
});

it('starts again after a success', () => {
  const backoff = createBackoff({ baseMs: 100, maxMs: 1000, random: () => 1 });
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(100);
});
