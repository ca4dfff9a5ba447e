/** A timer that has been set; cancelling it twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time, for code that must be tested without waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds that never jump back, from an arbitrary start. */
  monotonic(): number;
  /** Calls `run` once after `ms` milliseconds. A timer does not keep the process alive. */
  setTimeout(run: () => void, ms: number): Timer;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout(run, ms) {
    const timeout = setTimeout(run, ms);
    timeout.unref();
    return { cancel: () => clearTimeout(timeout) };
  },
};

/**
 * Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted before.
 */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
