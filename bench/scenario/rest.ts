import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../process/monotonic.ts';
import { cpuMs, isRunnable } from '../process/usage.ts';

const LOOK_MS = 50;
/** CPU time within one look that is no work: timers, the collector's threads. */
const QUIET_MS = 3;
const QUIET_LOOKS = 4;

/**
 * Waits until none of these processes has anything to do, so that work which trails behind an answer is counted with it.
 * Gives up waiting after `timeoutMs`.
 */
export async function untilAtRest(pids: readonly number[], timeoutMs = 10_000): Promise<void> {
  const end = monotonicMs() + timeoutMs;
  const sum = () => pids.reduce((total, pid) => total + cpuMs(pid), 0);
  let last = sum();
  for (let quiet = 0; quiet < QUIET_LOOKS && monotonicMs() < end; ) {
    await delay(LOOK_MS);
    const now = sum();
    // On a busy machine a process that waits for a processor uses none either.
    quiet = now - last < QUIET_MS && !pids.some(isRunnable) ? quiet + 1 : 0;
    last = now;
  }
}
