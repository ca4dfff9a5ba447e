/** Something that takes turns at pushing. */
export interface PushTarget {
  /** Whether it is still being given its first configuration. */
  readonly isJoining: boolean;
  /** Writes at most one response; true when it wants another turn. */
  takeTurn(): boolean;
}

/** What a queue needs of its surroundings. */
export interface PushQueueOptions {
  /** Whether something may be written at all; `resume` is called when that changes. */
  readonly hasRoom: (isJoining: boolean) => boolean;
  /** Calls back in a later turn of the event loop, after what has arrived was read. */
  readonly defer: (run: () => void) => void;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
}

/** Long enough to get work done, short enough that nobody notices the pause: ACKs and health checks come between. */
const SLICE_MS = 5;

/**
 * Lets streams push, one response at a time and in turn, so that none waits for another's whole configuration.
 *
 * Streams that are served and streams that join stand in two lines which move alternately: a thousand proxies that
 * connect at once double the wait of those that are there, and no more. A stream stands in line once, however often
 * it is added.
 */
export class PushQueue {
  readonly #options: PushQueueOptions;
  readonly #served = new Set<PushTarget>();
  readonly #joining = new Set<PushTarget>();
  #isScheduled = false;
  #joiningFirst = false;

  constructor(options: PushQueueOptions) {
    this.#options = options;
  }

  /** Targets that wait. */
  get size(): number {
    return this.#served.size + this.#joining.size;
  }

  /** Puts a target at the end of its line, unless it waits already. */
  add(target: PushTarget): void {
    if (this.#served.has(target) || this.#joining.has(target)) return;
    (target.isJoining ? this.#joining : this.#served).add(target);
    this.resume();
  }

  /** Takes a target out of its line. */
  remove(target: PushTarget): void {
    this.#served.delete(target);
    this.#joining.delete(target);
  }

  /** Goes on, after there was no room. */
  resume(): void {
    if (this.#isScheduled || this.size === 0) return;
    this.#isScheduled = true;
    this.#options.defer(() => {
      this.#isScheduled = false;
      this.#runSlice();
    });
  }

  #runSlice(): void {
    const { now } = this.#options;
    const end = now() + SLICE_MS;
    do {
      const target = this.#takeNext();
      if (target === undefined) return;
      if (target.takeTurn()) this.add(target);
    } while (now() < end);
    this.resume();
  }

  #takeNext(): PushTarget | undefined {
    this.#joiningFirst = !this.#joiningFirst;
    return this.#take(this.#joiningFirst) ?? this.#take(!this.#joiningFirst);
  }

  #take(isJoining: boolean): PushTarget | undefined {
    const [first] = isJoining ? this.#joining : this.#served;
    if (first === undefined || !this.#options.hasRoom(isJoining)) return undefined;
    this.remove(first);
    return first;
  }
}
