import type { Fault } from '../kit/fault.ts';
import { caFault } from './fault.ts';

/** Bounds of a fair queue. */
export interface FairQueueOptions {
  /** Jobs that run at a time. */
  readonly concurrency: number;
  /** Jobs that wait, of all callers together. */
  readonly maxWaiting: number;
  /** Told how many wait whenever that changes. */
  readonly onWaiting?: (count: number) => void;
}

interface Job {
  readonly run: () => Promise<void>;
  readonly isWanted: () => boolean;
  readonly refuse: (reason: Fault) => void;
}

/**
 * Lets callers take turns: one that sends thousands of requests waits for its own, and another one's single request is
 * next but a few.
 */
export class FairQueue {
  readonly #options: FairQueueOptions;
  /** Callers in the order of their turns; each goes to the end after a turn. */
  readonly #lines = new Map<string, Job[]>();
  #waiting = 0;
  #running = 0;

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  /** Jobs that wait. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Runs a job in its caller's turn.
   * @param isWanted Asked when the turn comes; a job whose caller has gone is passed over, and never settles.
   * @throws Fault `CA_OVERLOADED` when the queue is full and this caller has no smaller share of it than others.
   */
  run<T>(caller: string, job: () => Promise<T>, isWanted: () => boolean = () => true): Promise<T> {
    if (this.#waiting >= this.#options.maxWaiting && !this.#makeRoom(caller)) return Promise.reject(overloaded());
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const line = this.#lines.get(caller) ?? [];
    line.push({ run: () => job().then(resolve, reject), isWanted, refuse: reject });
    this.#lines.set(caller, line);
    this.#count(1);
    this.#pump();
    return promise;
  }

  #pump(): void {
    while (this.#running < this.#options.concurrency) {
      const job = this.#takeNext();
      if (job === undefined) return;
      if (job.isWanted()) void this.#start(job);
    }
  }

  async #start(job: Job): Promise<void> {
    this.#running++;
    await job.run();
    this.#running--;
    this.#pump();
  }

  #takeNext(): Job | undefined {
    const [first] = this.#lines;
    if (first === undefined) return undefined;
    const [caller, line] = first;
    const job = line.shift();
    // A map keeps the order in which keys came: taken out and put back is put last.
    this.#lines.delete(caller);
    if (line.length > 0) this.#lines.set(caller, line);
    this.#count(-1);
    return job;
  }

  /** When the queue is full, the one who waits with most gives up a place to one who waits with less. */
  #makeRoom(caller: string): boolean {
    const own = this.#lines.get(caller)?.length ?? 0;
    let longest: Job[] | undefined;
    for (const line of this.#lines.values()) if (line.length > (longest?.length ?? 0)) longest = line;
    if (longest === undefined || longest.length <= own + 1) return false;
    longest.pop()?.refuse(overloaded());
    this.#count(-1);
    return true;
  }

  #count(change: number): void {
    this.#waiting += change;
    this.#options.onWaiting?.(this.#waiting);
  }
}

/** Who waits in one line: `[::1]:1234` and `10.0.0.1:1234` without the port. */
export function hostOf(peer: string): string {
  return peer.slice(0, Math.max(0, peer.lastIndexOf(':'))) || peer;
}

function overloaded(): Fault {
  return caFault('CA_OVERLOADED', 'too many callers wait: try again');
}
