import { type Clock, sleep } from '../../kit/clock.ts';
import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import type { EnvoyAdmin } from './admin.ts';

const log = createLog('envoy');

/** How connections are given time to end. */
export interface DrainSettings {
  readonly type: 'sidecar' | 'router';
  /** How long to wait when nobody looks at connections. */
  readonly terminationDrainMs: number;
  /** Whether to go as soon as no connection is left. */
  readonly exitsOnZero: boolean;
  readonly minimumDrainMs: number;
  /** Ports that probes and scrapes come to, and nobody's requests. */
  readonly ownPorts: readonly number[];
  /** The whole of it ends here. Milliseconds. */
  readonly deadlineMs: number;
}

/** Envoy may be too busy to answer; this often in a row means that it will not answer any more. */
const MOST_ERRORS = 5;
const LOOK_MS = 1000;

/** Asks Envoy to take no new connections and to end the present ones politely; a failure is only told. */
export async function startDrain(admin: EnvoyAdmin, type: 'sidecar' | 'router', skipsExit = false): Promise<void> {
  // An application that is still shutting down may need its way out.
  const query = `${type === 'sidecar' ? 'inboundonly&' : ''}graceful${skipsExit ? '&skip_exit' : ''}`;
  try {
    await admin.post(`/drain_listeners?${query}`);
    log.info({ event: 'envoy.drain' }, 'Envoy drains its connections');
  } catch (err) {
    const { code, message } = Fault.from(err);
    log.warn({ event: 'envoy.drain', code }, `Envoy could not be asked to drain its connections: ${message}`);
  }
}

/** Waits as long as draining may take. @see istio pkg/envoy/agent.go `terminate` */
export async function waitForDrain(
  admin: EnvoyAdmin,
  settings: DrainSettings,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { exitsOnZero, terminationDrainMs, minimumDrainMs, ownPorts, deadlineMs } = settings;
  const end = clock.monotonic() + deadlineMs;
  const rest = () => Math.max(0, end - clock.monotonic());
  const wait = (ms: number) => sleep(clock, Math.min(ms, rest()), signal).catch(() => undefined);
  if (!exitsOnZero) {
    await wait(terminationDrainMs);
    return;
  }
  await wait(minimumDrainMs);
  let errors = 0;
  while (!signal.aborted && rest() > 0 && errors < MOST_ERRORS) {
    try {
      const active = countConnections(await admin.get('/stats?usedonly&filter=downstream_cx_active$'), ownPorts);
      errors = 0;
      log.info({ event: 'envoy.connections', active }, `${active} connections are left`);
      if (active === 0) return;
    } catch {
      errors++;
    }
    await wait(LOOK_MS);
  }
}

/** Listeners through which nobody's requests come, and what is counted twice. */
const OWN = /^listener\.admin\.|\.worker_\d+\.|^listener\.[^.]*internal/;

/** Connections of applications, by Envoy's count. */
export function countConnections(stats: string, ownPorts: readonly number[]): number {
  return stats
    .split('\n')
    .filter((line) => line.startsWith('listener.') && !OWN.test(line))
    .filter((line) => !ownPorts.includes(Number(/_(\d+)\.downstream_cx_active/.exec(line)?.[1])))
    .map((line) => Number(line.slice(line.lastIndexOf(':') + 1)))
    .reduce((sum, count) => sum + (Number.isFinite(count) ? count : 0), 0);
}
