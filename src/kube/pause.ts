import type { Clock } from '../kit/clock.ts';

/** Waiting that can be cut short. */
export class Pause {
  readonly #clock: Clock;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms` milliseconds, or when somebody ends it. One at a time. */
  for(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimeout(() => this.end(), ms);
    this.#end = () => {
      timer.cancel();
      resolve();
    };
    return promise;
  }

  /** Ends the waiting that is under way, if one is. */
  end(): void {
    const end = this.#end;
    this.#end = undefined;
    end?.();
  }
}
