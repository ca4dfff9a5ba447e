import type { Clock, Timer } from '../kit/clock.ts';
import type { FakeClock } from '../kit/fake-clock.ts';
import type { LeaseRecord, LeaseStore, StoredLease } from './lease-record.ts';

/** What happens to requests on their way. */
export interface Faults {
  /** Each way, in milliseconds. */
  delayMs(): number;
  /** Whether the answer is lost; what was asked for is done. */
  isLost(): boolean;
}

/** A record in memory that several reach over lines of their own, for tests. */
export class MemoryLease {
  readonly #clock: FakeClock;
  stored: StoredLease | undefined;
  isAway = false;
  #versions = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  /** Writes the record anew without changing it. */
  touch(): void {
    if (this.stored !== undefined) this.stored = { ...this.stored, version: `${++this.#versions}` };
  }

  /** @param clock Whose process it is: one that stands still hears no answer. */
  connect(faults: Faults, clock: SkewedClock): LeaseStore {
    const travel = () => new Promise<void>((resolve) => this.#clock.setTimeout(resolve, faults.delayMs()));
    const ask = async <T>(run: () => T): Promise<T> => {
      await travel();
      if (this.isAway) throw new Error('away');
      const answer = run();
      const isLost = faults.isLost();
      await travel();
      await clock.running();
      if (isLost) throw new Error('lost');
      return answer;
    };
    return {
      name: 'memory',
      read: () => ask(() => this.stored),
      write: (record, before) => ask(() => this.#write(record, before)),
    };
  }

  #write(record: LeaseRecord, before: StoredLease | undefined): StoredLease | undefined {
    if (this.stored?.version !== before?.version) return undefined;
    this.stored = { record, version: `${++this.#versions}` };
    return this.stored;
  }
}

/** The clock of one process: shows another time than others, and stands still while the process is stopped. */
export class SkewedClock implements Clock {
  readonly #clock: FakeClock;
  readonly #skewMs: number;
  #thawed: PromiseWithResolvers<void> | undefined;

  constructor(clock: FakeClock, skewMs: number) {
    this.#clock = clock;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#clock.now() + this.#skewMs;
  }

  monotonic(): number {
    return this.#clock.monotonic() + this.#skewMs;
  }

  setTimeout(run: () => void, ms: number): Timer {
    return this.#clock.setTimeout(() => void this.running().then(run), ms);
  }

  /** A stopped process does nothing; time goes on without it. */
  freeze(): void {
    this.#thawed ??= Promise.withResolvers<void>();
  }

  thaw(): void {
    this.#thawed?.resolve();
    this.#thawed = undefined;
  }

  async running(): Promise<void> {
    while (this.#thawed !== undefined) await this.#thawed.promise;
  }
}
