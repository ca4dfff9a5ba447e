import { describe, expect, it } from 'vitest';
import { WorkQueue } from './queue.ts';

function createScene(concurrency: number) {
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const started: string[] = [];
  const errors: string[] = [];
  const queue = new WorkQueue<string, readonly number[]>({
    concurrency,
    merge: (a, b) => [...a, ...b],
    run: (key, work) => {
      const gate = Promise.withResolvers<void>();
      gates.set(key, gate);
      started.push(`${key}:${work.join('+')}`);
      return gate.promise;
    },
    onError: (error, key) => errors.push(`${key}: ${error}`),
  });
  const finish = async (key: string, error?: Error) => {
    if (error === undefined) gates.get(key)?.resolve();
    else gates.get(key)?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, started, errors, finish };
}

describe('WorkQueue', () => {
  it('works on so many keys at a time, in the order in which they came', async () => {
    const { queue, started, finish } = createScene(2);
    for (const key of ['a', 'b', 'c']) queue.add(key, [1]);
    expect(started).toEqual(['a:1', 'b:1']);
    await finish('b');
    expect(started).toEqual(['a:1', 'b:1', 'c:1']);
  });

  it('merges what waits for a key', async () => {
    const { queue, started, finish } = createScene(1);
    queue.add('a', [1]);
    queue.add('b', [1]);
    queue.add('b', [2]);
    queue.add('b', [3]);
    await finish('a');
    expect(started).toEqual(['a:1', 'b:1+2+3']);
  });

  it('never works twice on one key at a time, and lets other keys pass it', async () => {
    const { queue, started, finish } = createScene(2);
    queue.add('a', [1]);
    queue.add('a', [2]);
    queue.add('b', [1]);
    expect(started).toEqual(['a:1', 'b:1']);
    await finish('a');
    expect(started).toEqual(['a:1', 'b:1', 'a:2']);
  });

  it('reports work that fails, and goes on', async () => {
    const { queue, started, errors, finish } = createScene(1);
    queue.add('a', [1]);
    queue.add('b', [1]);
    await finish('a', new Error('odd'));
    expect({ started, errors }).toEqual({ started: ['a:1', 'b:1'], errors: ['a: Error: odd'] });
  });

  it('is idle when the last work has ended', async () => {
    const { queue, finish } = createScene(1);
    queue.add('a', [1]);
    const idle = queue.idle();
    await finish('a');
    await expect(idle).resolves.toBeUndefined();
    await expect(queue.idle()).resolves.toBeUndefined();
  });

  it('forgets a key that is dropped, and everything when it is closed', async () => {
    const { queue, started, finish } = createScene(1);
    for (const key of ['a', 'b', 'c']) queue.add(key, [1]);
    queue.drop('b');
    queue.close();
    queue.add('d', [1]);
    await finish('a');
    expect({ started, waiting: queue.waiting, running: queue.running }).toEqual({
      started: ['a:1'],
      waiting: 0,
      running: 0,
    });
  });
});
