/** How long to wait between attempts. */
export interface BackoffOptions {
  /** Upper bound of the first wait, in milliseconds. */
  readonly baseMs: number;
  /** Upper bound of every wait, in milliseconds. */
  readonly maxMs: number;
  /** What a bound is multiplied by from one attempt to the next; 2 when absent. */
  readonly factor?: number;
  /** From 0 up to but not including 1; `Math.random` when absent. */
  readonly random?: () => number;
}

/**
 * Waits that grow, each drawn anew between nothing and its bound ("full jitter"): a crowd that was cut off together
 * does not come back together.
 */
export interface Backoff {
  /** Milliseconds to wait before the next attempt. */
  next(): number;
  /** Starts again at the first bound: after a success. */
  reset(): void;
}

export function createBackoff({ baseMs, maxMs, factor = 2, random = Math.random }: BackoffOptions): Backoff {
  let attempts = 0;
  return {
    next() {
      const bound = Math.min(maxMs, baseMs * factor ** attempts);
      if (bound < maxMs) attempts++;
      return random() * bound;
    },
    reset() {
      attempts = 0;
    },
  };
}
