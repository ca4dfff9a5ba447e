import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

describe('FairQueue', () => {
  it('lets callers take turns', async () => {
    const queue = new FairQueue({ concurrency: 1, maxWaiting: 100 });
    const order: string[] = [];
    const add = (caller: string, name: string) => queue.run(caller, async () => void order.push(name));
    await Promise.all([add('a', 'a1'), add('a', 'a2'), add('a', 'a3'), add('a', 'a4'), add('b', 'b1'), add('c', 'c1')]);
    expect(order).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'a4']);
  });

  it('refuses who fills it, and makes room for others', async () => {
    const gate = Promise.withResolvers<void>();
    const queue = new FairQueue({ concurrency: 1, maxWaiting: 3 });
    const outcome = (caller: string) =>
      queue
        .run(caller, () => gate.promise)
        .then(
          () => 'done',
          (error: unknown) => error,
        );
    const greedy = Array.from({ length: 5 }, () => outcome('greedy'));
    const modest = outcome('modest');
    gate.resolve();
    const refused = expect.objectContaining({ code: 'CA_OVERLOADED', retry: true });
    expect(await Promise.all([...greedy, modest])).toEqual(['done', 'done', 'done', refused, refused, 'done']);
  });

  it('passes over jobs whose caller has gone', async () => {
    const gate = Promise.withResolvers<void>();
    const queue = new FairQueue({ concurrency: 1, maxWaiting: 10 });
    const ran: string[] = [];
    const first = queue.run('a', () => gate.promise);
    void queue.run(
      'a',
      async () => void ran.push('gone'),
      () => false,
    );
    const last = queue.run('a', async () => void ran.push('last'));
    gate.resolve();
    await Promise.all([first, last]);
    expect([ran, queue.waiting]).toEqual([['last'], 0]);
  });
});
