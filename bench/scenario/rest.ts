import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from '../process/monotonic.ts';
import { cpuMs } from '../process/usage.ts';

const LOOK_MS = 50;
/** CPU time within one look that is no work: timers, the collector's threads. */
const QUIET_MS = 2;
const QUIET_LOOKS = 4;

/**
 * Waits until a process has nothing to do, so that work which trails behind an answer is counted with it.
 * @returns Its CPU time by then, in milliseconds. Gives up waiting after `timeoutMs`.
 */
export async function untilAtRest(pid: number, timeoutMs = 5000): Promise<number> {
  const end = monotonicMs() + timeoutMs;
  let last = cpuMs(pid);
  for (let quiet = 0; quiet < QUIET_LOOKS && monotonicMs() < end; ) {
    await delay(LOOK_MS);
    const now = cpuMs(pid);
    quiet = now - last < QUIET_MS ? quiet + 1 : 0;
    last = now;
  }
  return last;
}
