import { orAborted } from '../kit/abort.ts';
import { type Clock, sleep, systemClock } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import { type Candidate, judgeClaim, type Observation, observe, toClaimed } from './lease-claim.ts';
import type { LeaseStore, StoredLease } from './lease-record.ts';
import { LeaseTerm } from './lease-term.ts';

/** How quickly leaders change. Milliseconds. */
export interface LeaseTiming {
  /** How long others wait for a leader of whom they hear nothing. */
  readonly durationMs: number;
  /** How long a leader goes on that cannot renew; shorter than `durationMs`, by more than clocks drift apart meanwhile. */
  readonly renewDeadlineMs: number;
  /** How often a leader renews, and others look. */
  readonly retryMs: number;
  /** How long a read or a write may take. */
  readonly requestMs: number;
}

/** A leader that is lost is replaced within 10 s after its last renewal, and what a look and a write take. */
export const LEASE_TIMING: LeaseTiming = {
  durationMs: 10_000,
  renewDeadlineMs: 7000,
  retryMs: 2000,
  requestMs: 2500,
};

/** What an election is made of. */
export interface ElectionOptions {
  readonly store: LeaseStore;
  readonly candidate: Candidate;
  /** The leader's work: begins when it is elected, and has ended when the promise has. The signal says that it is over. */
  readonly lead: (over: AbortSignal) => Promise<void>;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly timing?: LeaseTiming;
  /** From 0 up to but not including 1. */
  readonly random?: () => number;
}

/**
 * Elects one of several processes that share a store.
 *
 * Two never lead at a time, as long as their clocks run at about the same speed: what the clocks show does not matter. A leader that cannot renew
 * ends its work by its own deadline, counted from when it *sent* its last renewal; others count from when they *saw* it. One that takes the
 * record from a living holder waits for that long before it begins.
 */
export class LeaderElection {
  readonly #options: ElectionOptions;
  readonly #clock: Clock;
  readonly #timing: LeaseTiming;
  readonly #random: () => number;
  readonly #term: LeaseTerm;
  readonly #stopping = new AbortController();
  #loop: Promise<void> = Promise.resolve();
  #seen: Observation | undefined;
  /** The version that we wrote last, and know to have written. */
  #written: string | undefined;
  #isUnreachable = false;

  constructor(options: ElectionOptions) {
    const { clock = systemClock, timing = LEASE_TIMING, random = Math.random, store, lead, log } = options;
    this.#options = options;
    this.#clock = clock;
    this.#timing = timing;
    this.#random = random;
    this.#term = new LeaseTerm({ name: store.name, clock, lead, log, restartMs: timing.retryMs });
  }

  /** Whether this process leads, by its own clock, now. */
  get isLeader(): boolean {
    return this.#term.isLeading;
  }

  /** Who holds the record, as far as was seen; empty when nobody does. */
  get holder(): string {
    return this.#seen?.stored?.record.holder ?? '';
  }

  start(): void {
    this.#loop = this.#run(this.#stopping.signal);
  }

  /** Ends the work, then gives the record back, so that another can go on at once. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    // Whoever was displaced may still be at work: then nobody may take over before it must have noticed.
    const mayRelease = this.#term.isLeading;
    await this.#term.end('stopping');
    const held = this.#seen?.stored;
    if (!mayRelease || held === undefined || held.version !== this.#written) return;
    const released = { ...held.record, holder: '', holderKey: '', durationMs: 1000 };
    await this.#request((signal) => this.#options.store.write(released, held, signal)).catch(() => undefined);
  }

  async #run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      const waitMs = await this.#tryAttempt(stopped);
      await sleep(this.#clock, waitMs, stopped).catch(() => undefined);
    }
  }

  /** @returns how long to wait until the next, in milliseconds. */
  async #tryAttempt(stopped: AbortSignal): Promise<number> {
    const { log, store } = this.#options;
    try {
      const waitMs = await this.#attempt();
      if (this.#isUnreachable) log.info({ event: 'lease.reachable' }, `${store.name} can be reached again`);
      this.#isUnreachable = false;
      return waitMs;
    } catch (err) {
      if (!this.#isUnreachable && !stopped.aborted)
        log.warn(
          { event: 'lease.unreachable', err },
          `${store.name} cannot be reached; nobody can be elected meanwhile`,
        );
      this.#isUnreachable = true;
      return this.#jitter(this.#timing.retryMs / 2);
    }
  }

  async #attempt(): Promise<number> {
    const { store, candidate } = this.#options;
    const { retryMs } = this.#timing;
    const held = this.#seen?.stored;
    // A leader writes without looking: the store refuses when somebody else has written.
    if (this.#term.isHeld && (await this.#write(held, this.#term.fromMs))) return retryMs;

    const stored = await this.#request((signal) => store.read(signal));
    const nowMs = this.#clock.monotonic();
    this.#seen = observe(this.#seen, stored, nowMs);
    const holder = stored?.record.holder ?? '';
    if (holder !== candidate.identity) void this.#term.end(holder === '' ? 'nobody holds it' : `${holder} holds it`);
    else if (this.#term.isLeading) {
      // Somebody wrote into our record without taking it: a label, by hand. Another of the same name would have to wait longer than we lead.
      return (await this.#write(stored, this.#term.fromMs)) ? retryMs : 0;
    }
    if (this.#stopping.signal.aborted) return 0;
    const claim = judgeClaim(candidate, this.#seen, nowMs, this.#written);
    if (claim.kind === 'wait') return Math.min(this.#jitter(retryMs), claim.forMs + this.#random() * (retryMs / 8));
    const delayMs = claim.kind === 'displace' ? claim.delayMs : 0;
    return (await this.#write(stored, nowMs + delayMs)) ? retryMs : this.#jitter(retryMs);
  }

  /** @param fromMs When the term begins, on the monotonic scale. @returns whether the record is ours. */
  async #write(before: StoredLease | undefined, fromMs: number): Promise<boolean> {
    const { store, candidate } = this.#options;
    const { durationMs, renewDeadlineMs } = this.#timing;
    const sentMs = this.#clock.monotonic();
    const record = toClaimed(candidate, before?.record, { durationMs, nowMs: this.#clock.now() });
    const stored = await this.#request((signal) => store.write(record, before, signal));
    if (stored === undefined) return false;
    this.#seen = observe(this.#seen, stored, this.#clock.monotonic());
    this.#written = stored.version;
    // What was asked for before a stop may be answered after it.
    if (!this.#stopping.signal.aborted) this.#term.hold(fromMs, sentMs + renewDeadlineMs);
    return true;
  }

  /** A request that is given up after a while: whether it did something is then not known. */
  async #request<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const { requestMs } = this.#timing;
    const timer = this.#clock.setTimeout(() => late.abort(new Error(`no answer within ${requestMs} ms`)), requestMs);
    try {
      return await orAborted(run(late.signal), late.signal);
    } finally {
      timer.cancel();
    }
  }

  /** A crowd that looks at the same time would write at the same time. */
  #jitter(ms: number): number {
    return ms * (1 + 0.2 * this.#random());
  }
}
