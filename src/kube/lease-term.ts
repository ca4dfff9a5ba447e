import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';

/** What a term needs. */
export interface TermOptions {
  /** Of the lease, for logs. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long after work that failed it begins again, in milliseconds. */
  readonly restartMs: number;
  lead(over: AbortSignal): Promise<void>;
}

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Work {
  readonly over: AbortController;
  readonly done: Promise<void>;
}

/**
 * The time for which a process leads, and the work of a leader within it: begins when the time has come, and is told to end when it has passed,
 * whatever else hangs.
 */
export class LeaseTerm {
  readonly #options: TermOptions;
  #span: Span | undefined;
  #timer: Timer | undefined;
  #work: Work | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: TermOptions) {
    this.#options = options;
  }

  /** Whether the record is ours, from now on or already. */
  get isHeld(): boolean {
    return this.#span !== undefined && this.#now() < this.#span.untilMs;
  }

  get isLeading(): boolean {
    return this.#span !== undefined && this.#now() >= this.#span.fromMs && this.#now() < this.#span.untilMs;
  }

  /** When the present term begins or began; now, without one. */
  get fromMs(): number {
    return this.#span?.fromMs ?? this.#now();
  }

  /** The record is ours until then. */
  hold(fromMs: number, untilMs: number): void {
    this.#span = { fromMs, untilMs };
    this.#turn();
  }

  /** The record is ours no more. Resolves when the work has ended. */
  async end(because: string): Promise<void> {
    this.#timer?.cancel();
    this.#span = undefined;
    const work = this.#work;
    this.#work = undefined;
    if (work !== undefined) {
      const { log, name } = this.#options;
      log.info({ event: 'lease.lost', lease: name }, `no longer the leader of ${name}: ${because}`);
      work.over.abort();
      this.#ended = work.done;
    }
    await this.#ended;
  }

  #turn(): void {
    this.#timer?.cancel();
    const span = this.#span;
    if (span === undefined) return;
    const nowMs = this.#now();
    if (nowMs >= span.untilMs) {
      void this.end('it could not be renewed in time');
      return;
    }
    if (nowMs >= span.fromMs) this.#work ??= this.#begin();
    const nextMs = nowMs < span.fromMs ? Math.min(span.fromMs, span.untilMs) : span.untilMs;
    this.#timer = this.#options.clock.setTimeout(() => this.#turn(), nextMs - nowMs);
  }

  #begin(): Work {
    const { log, name } = this.#options;
    log.info({ event: 'lease.won', lease: name }, `leader of ${name}`);
    const over = new AbortController();
    return { over, done: this.#lead(over.signal, this.#ended) };
  }

  /** Work that fails begins again: a leader that does nothing would keep others from doing it. */
  async #lead(over: AbortSignal, before: Promise<void>): Promise<void> {
    const { log, name, lead, clock, restartMs } = this.#options;
    await before;
    while (!over.aborted) {
      try {
        await lead(over);
        return;
      } catch (err) {
        if (over.aborted) return;
        log.error({ event: 'lease.defect', lease: name, err }, `the leader's work of ${name} failed; it begins again`);
        const { promise, resolve } = Promise.withResolvers<void>();
        clock.setTimeout(resolve, restartMs);
        over.addEventListener('abort', () => resolve(), { once: true });
        await promise;
      }
    }
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}
