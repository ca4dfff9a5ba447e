import type { Clock, Timer } from './clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  readonly #startMs: number;
  #nowMs: number;
  #pending: readonly Pending[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  setTimeout(run: () => void, ms: number): Timer {
    const timer = { dueMs: this.#nowMs + Math.max(0, ms), run };
    this.#pending = [...this.#pending, timer];
    return { cancel: () => this.#drop(timer) };
  }

  /** Timers that wait. */
  get timers(): number {
    return this.#pending.length;
  }

  /**
   * Moves time on and fires what falls due, in order, also what is set meanwhile. After each timer, and at the
   * end, promises that are ready get their turn.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#drop(next);
      this.#nowMs = next.dueMs;
      next.run();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): Pending | undefined {
    const due = this.#pending.filter((timer) => timer.dueMs <= untilMs);
    return due.reduce<Pending | undefined>(
      (first, timer) => (first && first.dueMs <= timer.dueMs ? first : timer),
      undefined,
    );
  }

  #drop(timer: Pending): void {
    this.#pending = this.#pending.filter((other) => other !== timer);
  }
}

/** A turn of the event loop runs every microtask that is ready, and those that these make ready. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
