import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** Gives up after this many milliseconds; 20,000 when absent. */
  readonly timeoutMs?: number;
  /** Gives up when aborted; the rejection carries its reason. */
  readonly signal?: AbortSignal;
}

/**
 * Waits for a fact outside this process: asks again and again until `ask` gives something else than `undefined`.
 *
 * An `ask` that throws has no answer yet; what it threw last is the cause of the error when time is up.
 * @param fact what is waited for, as the end of the sentence "gave up waiting for …".
 */
export async function until<T>(
  fact: string,
  ask: () => Promise<T | undefined> | T | undefined,
  options: UntilOptions = {},
): Promise<T> {
  const { timeoutMs = 20_000, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let cause: unknown;
  // Quick at first, because most facts are about to become true; then easy on a machine that is busy making them so.
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    signal?.throwIfAborted();
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      cause = undefined;
    } catch (err) {
      cause = err;
    }
    if (performance.now() > deadline) {
      throw new Error(`gave up waiting for ${fact} after ${timeoutMs} ms`, cause === undefined ? {} : { cause });
    }
    // An abort is noticed above, with its own reason.
    await delay(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
