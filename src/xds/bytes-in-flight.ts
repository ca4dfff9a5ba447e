import type { Clock, Timer } from '../kit/clock.ts';

/** Limits, in bytes and milliseconds. */
export interface BytesInFlightOptions {
  /** Written bytes that connections have not taken, over all streams. */
  readonly maxBytes: number;
  /** A reader that takes nothing for this long no longer counts: it must not slow the others down. */
  readonly stallMs: number;
  readonly clock: Clock;
  /** Called when there may be room again after there was none. */
  readonly onRoom: () => void;
}

/** Bytes on their way; released once, when they have arrived or their stream is gone. */
export interface Lease {
  release(): void;
}

/**
 * Counts what was written and not taken by connections yet.
 *
 * Responses are copied into their stream, so a storm of connects would need as much memory as all of them together;
 * this keeps the copies few.
 */
export class BytesInFlight {
  readonly #options: BytesInFlightOptions;
  /** In the order of their age. */
  readonly #leases = new Map<Lease, { readonly bytes: number; readonly sinceMs: number }>();
  #total = 0;
  #isAwaited = false;
  #stallTimer: Timer | undefined;

  constructor(options: BytesInFlightOptions) {
    this.#options = options;
  }

  /** Bytes that count at present. */
  get total(): number {
    return this.#total;
  }

  /**
   * Whether more may be written. If not, `onRoom` tells when to ask again.
   * @param share The part of the limit that the asker may fill, up to 1.
   */
  hasRoom(share: number): boolean {
    if (this.#total < this.#options.maxBytes * share) return true;
    this.#isAwaited = true;
    this.#awaitStall();
    return false;
  }

  take(bytes: number): Lease {
    const lease: Lease = { release: () => this.#release(lease) };
    this.#leases.set(lease, { bytes, sinceMs: this.#options.clock.monotonic() });
    this.#total += bytes;
    return lease;
  }

  #release(lease: Lease): void {
    const held = this.#leases.get(lease);
    if (held === undefined) return;
    this.#leases.delete(lease);
    this.#total -= held.bytes;
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#options.onRoom();
  }

  #awaitStall(): void {
    const [oldest] = this.#leases.values();
    if (this.#stallTimer !== undefined || oldest === undefined) return;
    const { clock, stallMs } = this.#options;
    const waitMs = Math.max(0, oldest.sinceMs + stallMs - clock.monotonic());
    this.#stallTimer = clock.setTimeout(() => {
      this.#stallTimer = undefined;
      this.#forgive();
    }, waitMs);
  }

  #forgive(): void {
    const limit = this.#options.clock.monotonic() - this.#options.stallMs;
    for (const [lease, { sinceMs }] of this.#leases) {
      if (sinceMs > limit) break;
      lease.release();
    }
  }
}
