import { type Backoff, type BackoffOptions, createBackoff } from '../../kit/backoff.ts';
import { type Clock, sleep, systemClock } from '../../kit/clock.ts';
import { WorkQueue } from '../../kit/queue.ts';

/** How a queue does its work. */
export interface RetryQueueOptions {
  /** How many keys are worked on at a time. */
  readonly concurrency: number;
  /** Runs that begin within a second, at most; any number when absent. */
  readonly perSecond?: number;
  readonly backoff: BackoffOptions;
  readonly clock?: Clock;
  /** Aborted: nothing more is begun, and what runs is told by its own signal. */
  readonly over: AbortSignal;
  /** Brings what the key names to what it should be. Looks afresh each time: it may have been done already. */
  run(key: string): Promise<void>;
  /** Told of a failure, and after how many milliseconds the key has its next turn. */
  onFailure(error: unknown, key: string, againMs: number): void;
}

/**
 * Work by key until it succeeds: one run at a time for each key, a burst of changes costs one, and a key that fails waits longer each time without
 * holding up others.
 */
export class RetryQueue {
  readonly #options: RetryQueueOptions;
  readonly #clock: Clock;
  readonly #queue: WorkQueue<string, true>;
  readonly #failing = new Map<string, Backoff>();
  #nextMs = 0;
  /** Keys that wait for their turn after a failure. */
  #resting = 0;

  constructor(options: RetryQueueOptions) {
    const { clock = systemClock, concurrency, over } = options;
    this.#options = options;
    this.#clock = clock;
    this.#queue = new WorkQueue<string, true>({
      concurrency,
      merge: () => true,
      run: (key) => this.#run(key),
      onError: () => {},
    });
    over.addEventListener('abort', () => this.#queue.close(), { once: true });
  }

  /** Keys that wait or are worked on. */
  get size(): number {
    return this.#queue.waiting + this.#queue.running + this.#resting;
  }

  add(key: string): void {
    if (!this.#options.over.aborted) this.#queue.add(key, true);
  }

  /** Resolves when nothing waits and nothing runs; what waits for another turn does not count. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #run(key: string): Promise<void> {
    const { over, run } = this.#options;
    try {
      await this.#turn();
      if (over.aborted) return;
      await run(key);
      this.#failing.delete(key);
    } catch (error) {
      if (!over.aborted) this.#rest(key, error);
    }
  }

  /** Waits until another run may begin. */
  async #turn(): Promise<void> {
    const { perSecond, over } = this.#options;
    if (perSecond === undefined) return;
    const nowMs = this.#clock.monotonic();
    const turnMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = turnMs + 1000 / perSecond;
    if (turnMs > nowMs) await sleep(this.#clock, turnMs - nowMs, over);
  }

  #rest(key: string, error: unknown): void {
    const { backoff, onFailure } = this.#options;
    const waits = this.#failing.get(key) ?? createBackoff(backoff);
    this.#failing.set(key, waits);
    const againMs = waits.next();
    onFailure(error, key, againMs);
    this.#resting++;
    this.#clock.setTimeout(() => {
      this.#resting--;
      this.add(key);
    }, againMs);
  }
}
