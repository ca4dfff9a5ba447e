import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from './clock.ts';
import { FakeClock } from './fake-clock.ts';

describe('FakeClock', () => {
  it('fires timers in the order of their time, also those set meanwhile, and no others', async () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    clock.setTimeout(() => fired.push(`late at ${clock.now()}`), 30);
    clock.setTimeout(() => {
      fired.push(`first at ${clock.now()}`);
      clock.setTimeout(() => fired.push(`nested at ${clock.now()}`), 5);
    }, 10);
    clock.setTimeout(() => fired.push('cancelled'), 15).cancel();
    await clock.advance(20);
    expect({ fired, now: clock.now(), timers: clock.timers }).toEqual({
      fired: ['first at 10', 'nested at 15'],
      now: 20,
      timers: 1,
    });
  });
});

describe('sleep', () => {
  it('ends when its time has come', async () => {
    const clock = new FakeClock();
    const wait = sleep(clock, 100);
    await clock.advance(100);
    await expect(wait).resolves.toBeUndefined();
  });

  it('ends with the reason of an abort, and leaves no timer', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const wait = sleep(clock, 100, controller.signal);
    controller.abort(new Error('stopped'));
    await expect(wait).rejects.toThrow('stopped');
    expect(clock.timers).toBe(0);
  });

  it('rejects at once for a signal that was aborted before', async () => {
    await expect(sleep(new FakeClock(), 100, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
  });
});

describe('systemClock', () => {
  it('fires and cancels', async () => {
    const fired: string[] = [];
    systemClock.setTimeout(() => fired.push('cancelled'), 0).cancel();
    await new Promise<void>((resolve) => systemClock.setTimeout(resolve, 1));
    expect(fired).toEqual([]);
  });
});
