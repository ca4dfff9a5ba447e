import { describe, expect, it } from 'vitest';
import { until } from './until.ts';

describe('until', () => {
  it('asks again until there is an answer', async () => {
    const answers = [undefined, undefined, 'here'];
    expect(await until('it', () => answers.shift())).toBe('here');
  });

  it('takes a failure for an answer that is still to come', async () => {
    let asked = 0;
    const answer = await until('it', () => {
      asked += 1;
      if (asked < 3) throw new Error('refused');
      return asked;
    });
    expect(answer).toBe(3);
  });

  it('says what it waited for, and why in vain', async () => {
    const refuse = () => Promise.reject(new Error('refused'));
    await expect(until('the gateway', refuse, { timeoutMs: 1 })).rejects.toThrow(
      new Error('gave up waiting for the gateway after 1 ms', { cause: new Error('refused') }),
    );
  });

  it('gives up when told, for the reason it was told', async () => {
    const stop = new AbortController();
    const ask = () => {
      queueMicrotask(() => stop.abort(new Error('enough')));
      return undefined;
    };
    await expect(until('it', ask, { signal: stop.signal })).rejects.toThrow('enough');
  });
});
