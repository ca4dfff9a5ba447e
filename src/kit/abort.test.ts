import { describe, expect, it } from 'vitest';
import { aborted, orAborted } from './abort.ts';

describe('aborted', () => {
  it('resolves when the signal is aborted later', async () => {
    const controller = new AbortController();
    const wait = aborted(controller.signal);
    controller.abort();
    await expect(wait).resolves.toBeUndefined();
  });

  it('resolves at once for a signal that was aborted before', async () => {
    await expect(aborted(AbortSignal.abort())).resolves.toBeUndefined();
  });
});

describe('orAborted', () => {
  it('gives the value of a promise that is sooner', async () => {
    await expect(orAborted(Promise.resolve(7), new AbortController().signal)).resolves.toBe(7);
  });

  it('rejects with the reason of an abort that is sooner', async () => {
    const controller = new AbortController();
    const wait = orAborted(new Promise(() => {}), controller.signal);
    controller.abort(new Error('stopped'));
    await expect(wait).rejects.toThrow('stopped');
  });
});
