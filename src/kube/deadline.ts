import type { Clock, Timer } from '../kit/clock.ts';

/** A signal that is aborted by its parent, or when too long nothing was heard. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Something was heard: waits as long again. */
  renew(ms: number): void;
  /** Ends the watching: nothing is aborted any more by time or parent. */
  end(): void;
}

/** Made once for each request; must be ended. Aborts with an `Error` that names `what`. */
export function createDeadline(clock: Clock, what: string, parent?: AbortSignal): Deadline {
  const controller = new AbortController();
  let timer: Timer | undefined;
  const onAbort = () => controller.abort(parent?.reason);
  if (parent?.aborted === true) onAbort();
  parent?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    renew(ms) {
      timer?.cancel();
      const onTime = () => controller.abort(new DOMException(`${what} for ${ms} ms`, 'TimeoutError'));
      timer = clock.setTimeout(onTime, ms);
    },
    end() {
      timer?.cancel();
      parent?.removeEventListener('abort', onAbort);
    },
  };
}
