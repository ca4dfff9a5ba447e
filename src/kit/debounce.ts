import { type Clock, systemClock, type Timer } from './clock.ts';

/** What a debounce does with the changes it is told of. */
export interface DebounceOptions<T> {
  /** A burst is over when nothing came for so long, in milliseconds. */
  readonly quietMs: number;
  /** A burst that does not end is cut after so long, in milliseconds. */
  readonly maxMs: number;
  /** Joins what waits with what comes. */
  readonly merge: (waiting: T, next: T) => T;
  /** Called with all that was joined; never twice at a time, and what comes meanwhile waits for it to end. */
  readonly run: (merged: T) => void | Promise<void>;
  /** Told of what `run` throws or rejects with. */
  readonly onError: (error: unknown) => void;
  readonly clock?: Clock;
}

/**
 * Turns bursts of changes into single runs. The first change after a quiet time runs at once; those that follow
 * it closely are joined and run when the burst is over.
 */
export class Debounce<T> {
  readonly #options: DebounceOptions<T>;
  readonly #clock: Clock;
  #waiting: { readonly value: T; readonly sinceMs: number; readonly lastMs: number } | undefined;
  #timer: Timer | undefined;
  #running = false;
  #lastRunMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: DebounceOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Tells of a change. */
  add(change: T): void {
    if (this.#closed) return;
    const nowMs = this.#clock.monotonic();
    const { value, sinceMs } = this.#waiting ?? { sinceMs: nowMs };
    const merged = value === undefined ? change : this.#options.merge(value, change);
    this.#waiting = { value: merged, sinceMs, lastMs: nowMs };
    this.#plan();
  }

  /** Drops what waits and takes nothing more; a run that has begun goes on. */
  close(): void {
    this.#closed = true;
    this.#waiting = undefined;
    this.#timer?.cancel();
  }

  #plan(): void {
    this.#timer?.cancel();
    if (this.#waiting === undefined || this.#running) return;
    const nowMs = this.#clock.monotonic();
    const { sinceMs, lastMs } = this.#waiting;
    const { quietMs, maxMs } = this.#options;
    // A first change after a quiet time has nobody to wait for.
    const leads = sinceMs - this.#lastRunMs >= quietMs && sinceMs === nowMs && lastMs === nowMs;
    const dueMs = leads ? nowMs : Math.min(lastMs + quietMs, sinceMs + maxMs);
    if (dueMs <= nowMs) void this.#start();
    else this.#timer = this.#clock.setTimeout(() => this.#plan(), dueMs - nowMs);
  }

  async #start(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    this.#waiting = undefined;
    this.#running = true;
    try {
      await this.#options.run(waiting.value);
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#running = false;
      this.#lastRunMs = this.#clock.monotonic();
      this.#plan();
    }
  }
}
