import { sleep, systemClock } from '../kit/clock.ts';

/** How to wait. Names are pilot-agent's flags. */
export interface WaitSettings {
  readonly url: string;
  readonly timeoutSeconds: number;
  readonly periodMillis: number;
  readonly requestTimeoutMillis: number;
}

/** Waits until a URL answers with 200. @returns the exit code: 1 when it did not in time */
export async function waitUntilReady(
  { url, timeoutSeconds, periodMillis, requestTimeoutMillis }: WaitSettings,
  { printError, signal }: { readonly printError: (text: string) => void; readonly signal: AbortSignal },
): Promise<number> {
  const end = systemClock.monotonic() + timeoutSeconds * 1000;
  let reason = 'never asked';
  // A timer of the clock's keeps no process alive, and this one has nothing else to live for.
  const alive = setInterval(() => undefined, 60_000);
  try {
    while (!signal.aborted && systemClock.monotonic() < end) {
      const found = await findReason(url, requestTimeoutMillis);
      if (found === undefined) return 0;
      reason = found;
      await sleep(systemClock, periodMillis, signal).catch(() => undefined);
    }
  } finally {
    clearInterval(alive);
  }
  printError(`the proxy was not ready within ${timeoutSeconds} s: ${reason}`);
  return 1;
}

async function findReason(url: string, timeoutMs: number): Promise<string | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await answer.body?.cancel();
    return answer.status === 200 ? undefined : `${url} answers ${answer.status}`;
  } catch (err) {
    return err instanceof Error
      ? `${url}: ${err.cause instanceof Error ? err.cause.message : err.message}`
      : String(err);
  }
}
