import type { ChangeKind } from '../floor/recording.ts';
import type { Fleet } from '../load/fleet.ts';
import type { Change } from '../mesh/directory.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { cpuMs, memoryOf } from '../process/usage.ts';
import { type ChangeResult, type ConnectResult, quantilesOf } from './results.ts';
import { untilAtRest } from './rest.ts';

/** A server that is measured. */
export interface Subject {
  readonly pid: number;
  /** `host:port` */
  readonly address: string;
}

/** For all proxies to get their state, or to come back: a busy machine is slow, and slow is no failure. */
export const CONNECT_TIMEOUT_MS = 90_000;
const CHANGE_TIMEOUT_MS = 30_000;

/** Connects all proxies at once. */
export async function measureConnect({ pid, address }: Subject, fleet: Fleet, proxies: number): Promise<ConnectResult> {
  const processes = [pid, ...fleet.pids];
  await untilAtRest(processes);
  const before = { cpu: cpuMs(pid), traffic: await fleet.traffic() };
  const started = monotonicMs();
  await fleet.open(address);
  const complete = await fleet.complete(CONNECT_TIMEOUT_MS);
  await untilAtRest(processes);
  const traffic = await fleet.traffic();
  return {
    wallMs: quantilesOf(complete.map((at) => at - started)),
    cpuMs: cpuMs(pid) - before.cpu,
    bytes: traffic.bytes - before.traffic.bytes,
    ...memoryOf(pid),
    missing: proxies - complete.length,
  };
}

/** What is measured of a kind of change. */
export interface ChangePlan {
  readonly kind: ChangeKind;
  readonly rounds: number;
  /** Proxies that should hear of each. */
  readonly proxies: number;
  /** Stop after the round that is being made at this monotonic time. */
  readonly untilMs: number;
  readonly next: (round: number) => Change;
  /** Record what the first of them brings. */
  readonly record: boolean;
}

interface Round {
  readonly heardMs: readonly number[];
  readonly lastAnswerMs: number;
}

/** Makes the same kind of change again and again, each when the last one is over. */
export async function measureChanges({ pid }: Subject, fleet: Fleet, plan: ChangePlan): Promise<ChangeResult> {
  const processes = [pid, ...fleet.pids];
  await untilAtRest(processes);
  const before = { cpu: cpuMs(pid), traffic: await fleet.traffic() };
  const rounds: Round[] = [];
  while (rounds.length < plan.rounds && (rounds.length === 0 || monotonicMs() < plan.untilMs)) {
    rounds.push(await makeRound(fleet, plan, rounds.length));
    await untilAtRest(processes);
  }
  const traffic = await fleet.traffic();
  const heard = rounds.flatMap(({ heardMs }) => heardMs);
  const count = rounds.length;
  return {
    rounds: count,
    wallMs: quantilesOf(heard),
    lastAnswerMs: rounds.reduce((sum, { lastAnswerMs }) => sum + lastAnswerMs, 0) / count,
    cpuMs: (cpuMs(pid) - before.cpu) / count,
    bytes: (traffic.bytes - before.traffic.bytes) / count,
    missing: plan.proxies * count - heard.length,
  };
}

async function makeRound(fleet: Fleet, { next, kind, record }: ChangePlan, round: number): Promise<Round> {
  const { typeUrl, marker, apply } = next(round);
  await fleet.expect({ typeUrl, marker, ...(record && round === 0 ? { record: kind } : {}) });
  const started = monotonicMs();
  await apply();
  const { heardMs, answeredMs } = await fleet.heard(CHANGE_TIMEOUT_MS);
  const lastAnswerMs = answeredMs.reduce((last, at) => Math.max(last, at), started) - started;
  return { heardMs: heardMs.map((at) => at - started), lastAnswerMs };
}
