import { describe, expect, it } from 'vitest';
import { Debounce } from './debounce.ts';
import { FakeClock } from './fake-clock.ts';

function createScene(run?: (merged: readonly string[]) => Promise<void>) {
  const clock = new FakeClock(0);
  const runs: { readonly at: number; readonly changes: readonly string[] }[] = [];
  const errors: unknown[] = [];
  const debounce = new Debounce<readonly string[]>({
    quietMs: 100,
    maxMs: 1000,
    merge: (a, b) => [...a, ...b],
    run: (changes) => {
      runs.push({ at: clock.now(), changes });
      return run?.(changes);
    },
    onError: (error) => errors.push(error),
    clock,
  });
  return { clock, runs, errors, debounce };
}

describe('Debounce', () => {
  it('runs the first change at once', async () => {
    const { runs, debounce } = createScene();
    debounce.add(['a']);
    expect(runs).toEqual([{ at: 0, changes: ['a'] }]);
  });

  it('joins what follows closely, and runs it when it has been quiet', async () => {
    const { clock, runs, debounce } = createScene();
    for (const change of ['a', 'b', 'c']) {
      debounce.add([change]);
      await clock.advance(50);
    }
    await clock.advance(1000);
    expect(runs).toEqual([
      { at: 0, changes: ['a'] },
      { at: 200, changes: ['b', 'c'] },
    ]);
  });

  it('cuts a burst that does not end', async () => {
    const { clock, runs, debounce } = createScene();
    for (let i = 0; i < 30; i++) {
      debounce.add([`${i}`]);
      await clock.advance(50);
    }
    expect(runs.map(({ at, changes }) => [at, changes.length])).toEqual([
      [0, 1],
      [1050, 20],
    ]);
  });

  it('runs at once again after a quiet time', async () => {
    const { clock, runs, debounce } = createScene();
    debounce.add(['a']);
    await clock.advance(500);
    debounce.add(['b']);
    expect(runs.map(({ at }) => at)).toEqual([0, 500]);
  });

  it('never runs twice at a time', async () => {
    const gate = Promise.withResolvers<void>();
    const { clock, runs, debounce } = createScene(() => gate.promise);
    debounce.add(['a']);
    await clock.advance(500);
    debounce.add(['b']);
    await clock.advance(500);
    expect(runs).toHaveLength(1);
    gate.resolve();
    await clock.advance(0);
    expect(runs).toHaveLength(2);
  });

  it('reports a run that fails, and goes on', async () => {
    const { clock, runs, errors, debounce } = createScene(() => Promise.reject(new Error('odd')));
    debounce.add(['a']);
    await clock.advance(200);
    debounce.add(['b']);
    await clock.advance(200);
    expect({ runs: runs.length, errors: errors.map(String) }).toEqual({
      runs: 2,
      errors: ['Error: odd', 'Error: odd'],
    });
  });

  it('drops what waits when it is closed', async () => {
    const { clock, runs, debounce } = createScene();
    debounce.add(['a']);
    debounce.add(['b']);
    debounce.close();
    await clock.advance(2000);
    expect(runs).toHaveLength(1);
  });
});
