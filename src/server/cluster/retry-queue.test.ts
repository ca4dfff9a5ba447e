import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../kit/fake-clock.ts';
import { RetryQueue, type RetryQueueOptions } from './retry-queue.ts';

function queue(options: Partial<RetryQueueOptions> = {}) {
  const clock = new FakeClock();
  const runs: string[] = [];
  const failures: string[] = [];
  const failing = new Set<string>();
  const stop = new AbortController();
  const made = new RetryQueue({
    concurrency: 2,
    backoff: { baseMs: 100, maxMs: 1000, random: () => 0.99 },
    clock,
    over: stop.signal,
    async run(key) {
      runs.push(key);
      if (failing.has(key)) throw new Error('no');
    },
    onFailure: (_, key, againMs) => failures.push(`${key} ${Math.round(againMs)}`),
    ...options,
  });
  return { clock, runs, failures, failing, stop, queue: made };
}

describe('RetryQueue', () => {
  it('runs a key once for what comes while it waits', async () => {
    const { clock, runs, queue: made } = queue({ concurrency: 1, perSecond: 10 });
    for (const key of ['a', 'b', 'b', 'a', 'b']) made.add(key);
    await clock.advance(1000);
    expect([runs, made.size]).toEqual([['a', 'b', 'a'], 0]);
  });

  it('gives a key that fails another turn, later each time, and lets others by', async () => {
    const { clock, runs, failures, failing, queue: made } = queue();
    failing.add('bad');
    made.add('bad');
    made.add('good');
    await clock.advance(350);
    expect([runs, failures]).toEqual([
      ['bad', 'good', 'bad', 'bad'],
      ['bad 99', 'bad 198', 'bad 396'],
    ]);
    failing.clear();
    await clock.advance(1000);
    expect([runs.length, made.size]).toEqual([5, 0]);
  });

  it('begins no more runs within a second than it may', async () => {
    const { clock, runs, queue: made } = queue({ concurrency: 50, perSecond: 20 });
    for (let i = 0; i < 1000; i++) made.add(`${i}`);
    await clock.advance(1000);
    expect(runs.length).toBe(21);
    await clock.advance(4000);
    expect(runs.length).toBe(101);
  });

  it('begins nothing more once it is over', async () => {
    const { clock, runs, stop, failing, queue: made } = queue();
    failing.add('a');
    made.add('a');
    await clock.advance(0);
    stop.abort();
    made.add('b');
    await clock.advance(10_000);
    expect(runs).toEqual(['a']);
  });
});
