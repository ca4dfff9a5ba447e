import { createBackoff } from '../../kit/backoff.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import type { Identity } from './certificate.ts';

const log = createLog('cache');

/** When a certificate is renewed. */
export interface RenewalSettings {
  /** Part of a certificate's life that is left when it is renewed, from 0 to 1. */
  readonly graceRatio: number;
  /** By how much that part is more or less, at random: a mesh that started together does not renew together. */
  readonly graceJitter: number;
}

export interface RenewalOptions extends RenewalSettings {
  /** Gets a new one. */
  readonly issue: (signal: AbortSignal) => Promise<Identity>;
  /** Told of each new one. */
  readonly onIssued: (identity: Identity) => void;
  readonly clock: Clock;
  readonly random?: () => number;
}

/** Waits are cut to this, and the time read anew: clocks jump, and machines sleep. */
const LONGEST_WAIT_MS = 60_000;
const BACKOFF = { baseMs: 200, maxMs: 15_000 };

/**
 * Keeps a certificate fresh until the signal is aborted. When the CA does not answer, it is asked again and again, and what is there is used to its
 * end; so an outage shorter than half a certificate's life is not noticed by anybody.
 */
export async function keepRenewed(
  options: RenewalOptions,
  ended: AbortSignal,
  renewNow: RenewalTrigger,
): Promise<void> {
  const { issue, onIssued, clock, random = Math.random } = options;
  const backoff = createBackoff({ ...BACKOFF, random });
  let current: Identity | undefined;
  while (!ended.aborted) {
    try {
      current = await issue(ended);
      backoff.reset();
      logIssued(current);
      onIssued(current);
      await waitUntil(toRenewalMs(current, options, random), { clock, ended, renewNow });
    } catch (err) {
      if (ended.aborted) return;
      const waitMs = backoff.next();
      logFailure(Fault.from(err), { waitMs, current, nowMs: clock.now() });
      await sleep(clock, waitMs, ended).catch(() => undefined);
    }
  }
}

/** When to renew, in milliseconds since 1970. @see istio security/pkg/nodeagent/cache/secretcache.go `rotateTime` */
export function toRenewalMs(
  { notAfterMs, issuedAtMs }: Identity,
  settings: RenewalSettings,
  random: () => number,
): number {
  const { graceRatio, graceJitter } = settings;
  const ratio = Math.min(1, Math.max(0, graceRatio + (2 * random() - 1) * graceJitter));
  return notAfterMs - ratio * Math.max(0, notAfterMs - issuedAtMs);
}

/** Lets somebody ask for a renewal before its time. */
export class RenewalTrigger {
  #waiting: AbortController | undefined;

  /** Ends the present wait; does nothing while a certificate is being asked for. */
  fire(): void {
    this.#waiting?.abort();
  }

  /** Aborted when somebody asks from now on. */
  arm(): AbortSignal {
    this.#waiting = new AbortController();
    return this.#waiting.signal;
  }
}

async function waitUntil(
  atMs: number,
  { clock, ended, renewNow }: { readonly clock: Clock; readonly ended: AbortSignal; readonly renewNow: RenewalTrigger },
): Promise<void> {
  const signal = AbortSignal.any([ended, renewNow.arm()]);
  while (!signal.aborted && clock.now() < atMs)
    await sleep(clock, Math.min(LONGEST_WAIT_MS, atMs - clock.now()), signal).catch(() => undefined);
}

function logIssued({ spiffeId, notAfterMs }: Identity): void {
  const until = new Date(notAfterMs).toISOString();
  log.info({ event: 'certificate.issued', identity: spiffeId, until }, `certificate of ${spiffeId} until ${until}`);
}

function logFailure(
  fault: Fault,
  {
    waitMs,
    current,
    nowMs,
  }: { readonly waitMs: number; readonly current: Identity | undefined; readonly nowMs: number },
): void {
  const left = current === undefined ? undefined : current.notAfterMs - nowMs;
  const rest =
    left === undefined
      ? 'there is none yet'
      : left > 0
        ? `the present one is good for ${Math.round(left / 1000)} s`
        : 'the present one has expired';
  log.warn(
    { event: 'certificate.failed', code: fault.code, waitMs: Math.round(waitMs) },
    `no certificate: ${fault.message}; ${rest}; next attempt in ${Math.round(waitMs)} ms`,
  );
}
