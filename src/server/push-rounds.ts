import type { Clock, Timer } from '../kit/clock.ts';
import type { ObjectKey } from '../model/object.ts';

/** What one change came to, once every proxy that it concerned has answered it. */
export interface RoundReport {
  readonly reason: string;
  readonly objects: readonly ObjectKey[];
  /** Proxies that were sent something, by name; the others had nothing to hear of it. */
  readonly proxies: readonly string[];
  /** Responses by type, `{ cds: 2, rds: 7 }`. */
  readonly responses: Readonly<Record<string, number>>;
  /** Bytes of these responses. */
  readonly bytes: number;
  /** Milliseconds from the change until the last of them was answered. */
  readonly ms: number;
  /** Proxies that had not acknowledged everything when patience ended; empty in a complete round. */
  readonly waitingFor: readonly string[];
  /** Proxies that refused something they were sent, by name; they keep what they had. */
  readonly refusedBy: readonly string[];
}

/** A response on its way, as rounds count it. */
export interface SentNote {
  readonly type: string;
  readonly bytes: number;
}

interface Round {
  readonly reason: string;
  readonly objects: readonly ObjectKey[];
  readonly sinceMs: number;
  readonly open: Set<string>;
  readonly sent: Map<string, SentNote[]>;
  readonly refusedBy: Set<string>;
  /** Ends the round's patience. */
  timer?: Timer;
}

/** How long a round waits for acknowledgements, in milliseconds. */
const PATIENCE_MS = 15_000;

/**
 * Follows each change from the moment it was noticed until all proxies have answered what it meant for them.
 *
 * Rounds overlap when changes come quickly: a proxy that is at rest has caught up with all of them at once.
 */
export class PushRounds {
  readonly #clock: Clock;
  readonly #report: (report: RoundReport) => void;
  #rounds: Round[] = [];

  constructor(clock: Clock, report: (report: RoundReport) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** A change goes out to `proxies`; `sinceMs` is when it was noticed, on the clock's monotonic scale. */
  open(
    change: { readonly reason: string; readonly objects: readonly ObjectKey[]; readonly sinceMs: number },
    proxies: Iterable<string>,
  ): void {
    const round: Round = { ...change, open: new Set(proxies), sent: new Map(), refusedBy: new Set() };
    this.#rounds.push(round);
    if (round.open.size === 0) this.#close(round);
    else round.timer = this.#clock.setTimeout(() => this.#close(round), PATIENCE_MS);
  }

  /** A proxy was sent a response. */
  noteSent(proxy: string, note: SentNote): void {
    for (const { open, sent } of this.#rounds) {
      if (open.has(proxy)) sent.set(proxy, [...(sent.get(proxy) ?? []), note]);
    }
  }

  /** A proxy refused what it was sent. */
  noteRefused(proxy: string): void {
    for (const { open, refusedBy } of this.#rounds) if (open.has(proxy)) refusedBy.add(proxy);
  }

  /** A proxy has answered everything that it was sent, or is gone. */
  noteSettled(proxy: string): void {
    for (const round of this.#rounds) {
      if (round.open.delete(proxy) && round.open.size === 0) this.#close(round);
    }
  }

  #close(round: Round): void {
    if (!this.#rounds.includes(round)) return;
    round.timer?.cancel();
    this.#rounds = this.#rounds.filter((other) => other !== round);
    const notes = [...round.sent.values()].flat();
    const responses: Record<string, number> = {};
    for (const { type } of notes) responses[type] = (responses[type] ?? 0) + 1;
    this.#report({
      reason: round.reason,
      objects: round.objects,
      proxies: [...round.sent.keys()].sort(),
      responses,
      bytes: notes.reduce((sum, note) => sum + note.bytes, 0),
      ms: this.#clock.monotonic() - round.sinceMs,
      waitingFor: [...round.open].sort(),
      refusedBy: [...round.refusedBy].sort(),
    });
  }
}
