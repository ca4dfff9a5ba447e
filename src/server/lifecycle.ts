/** One part of a server: starts, runs, stops. */
export interface Part {
  readonly name: string;
  /** The port that it listens on; `undefined` while it does not. */
  port?(): number | undefined;
  start(): Promise<void>;
  /** Ends what `start` began; `deadline` aborts when waiting any longer is no use. */
  stop(deadline: AbortSignal): Promise<void>;
}

/** A part that knows its port from the moment it is made, or as soon as it has started where any port will do. */
export interface ListeningPart extends Part {
  port(): number;
}

/**
 * Starts the parts in order, waits for `stopped`, then stops them in reverse order.
 *
 * Every part gets its turn even when an earlier stop fails; `drainMs` (milliseconds) bounds the whole drain, so that the kubelet's SIGKILL
 * never comes as a surprise.
 * @throws what a part's start threw, after the parts that had started were stopped; else AggregateError when a part failed to stop.
 */
export async function runUntil(stopped: AbortSignal, parts: readonly Part[], drainMs: number): Promise<void> {
  const started: Part[] = [];
  const failures: unknown[] = [];
  try {
    for (const part of parts) {
      const isStopping = stopped.aborted;
      await part.start();
      started.push(part);
      // It waited for its surroundings and gave up: those after it have nothing to serve.
      if (stopped.aborted && !isStopping) break;
    }
    await aborted(stopped);
  } finally {
    const deadline = AbortSignal.timeout(drainMs);
    for (const part of started.reverse()) {
      await Promise.race([part.stop(deadline), expiry(deadline, part)]).catch((error: unknown) => failures.push(error));
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, 'shutdown was not clean');
}

/** The ports that parts listen on by now, by the names of the parts in `parts`. */
export function listPorts(parts: Readonly<Record<string, Part | undefined>>): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(parts).flatMap(([name, part]) => {
      const port = part?.port?.();
      return port === undefined ? [] : [[name, port]];
    }),
  );
}

/** Resolves when `signal` aborts, at once if it has. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function expiry(deadline: AbortSignal, part: Part): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const fail = () => reject(new Error(`${part.name} did not stop in time`));
  if (deadline.aborted) fail();
  else deadline.addEventListener('abort', fail, { once: true });
  return promise;
}
