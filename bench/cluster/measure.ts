import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from '../../test/support/cluster/cluster.ts';
import type { Fleet } from '../load/fleet.ts';
import type { MeshShape } from '../mesh/shape.ts';
import { startChild } from '../process/child.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { cpuMs, type Memory, memoryOf } from '../process/usage.ts';
import { Profiler } from '../profile/profiler.ts';
import { measureConnect } from '../scenario/measure.ts';
import { untilAtRest } from '../scenario/rest.ts';
import { type ConnectResult, type Quantiles, quantilesOf } from '../scenario/results.ts';
import type { KubeMesh } from './kube-mesh.ts';
import { SliceWatch } from './slice-watch.ts';
import { type Program, type RunningSubject, startSubject } from './subject.ts';

/** What measurements share. */
export interface ClusterBench {
  readonly cluster: Cluster;
  readonly mesh: KubeMesh;
  readonly fleet: Fleet;
  readonly shape: MeshShape;
  readonly proxies: number;
  /** Changes that are timed. */
  readonly churn: number;
  readonly workDir: string;
  readonly profileDir: string | undefined;
  say(text: string): void;
}

/** Endpoints change one after the other. */
export interface LagResult {
  /** From the request to the API server until a bystander's watch told of it. */
  readonly serverMs: Quantiles;
  /** From there until a proxy had received it; negative where the proxy was first. */
  readonly overMs: Quantiles;
  readonly cpuMs: number;
  /** Proxies that did not hear of it, over all rounds. */
  readonly missing: number;
}

/** The API server was ended and started again under connected proxies. */
export interface OutageResult {
  /** Proxies whose streams were open all the time. */
  readonly stayed: number;
  /** Responses that they were sent, though nothing had changed. */
  readonly responses: number;
  /** From the moment the API server was ready again until the next change had reached all. */
  readonly backMs: number;
  readonly missing: number;
}

export interface SubjectFigures {
  readonly name: string;
  readonly readyMs: number;
  readonly startCpuMs: number;
  /** With the mesh loaded, no proxy, at rest. */
  readonly idle: Memory;
  readonly single: LagResult;
  readonly connect: ConnectResult;
  readonly all: LagResult;
  readonly outage: OutageResult;
  readonly end: Memory;
}

const CHANGE_TIMEOUT_MS = 30_000;
const OUTAGE_MS = 5000;
/** Who cannot keep up is not waited for again and again. */
const ROUNDS_MS = 60_000;

/** What Node takes for a program that does nothing. */
export async function measureBareNode(workDir: string): Promise<Memory> {
  const command = [process.execPath, '--eval', 'setInterval(() => {}, 1e6)'] as const;
  const child = await startChild({ name: 'bare Node', command, logPath: `${workDir}/bare.log` });
  await delay(500);
  await untilAtRest([child.pid]);
  const memory = memoryOf(child.pid);
  await child.stop();
  return memory;
}

/** Everything about one control plane, from its start to its end. */
export async function measureSubject(program: Program, bench: ClusterBench): Promise<SubjectFigures> {
  const { cluster, fleet, shape, proxies, workDir, profileDir, say } = bench;
  const { name } = program;
  say(`${name} starts`);
  const subject = await startSubject({ program, kubeconfig: cluster.kubeconfig, workDir, profileDir });
  const startCpuMs = cpuMs(subject.pid);
  // Statuses are written at their own pace: what is idle is idle after that.
  await untilAtRest([subject.pid], 30_000);
  const idle = memoryOf(subject.pid);

  say(`${name}: endpoints change, one proxy`);
  await fleet.prepare('delta', shape, 1);
  await fleet.open(subject.address);
  await fleet.complete(CHANGE_TIMEOUT_MS);
  const profiler = profileDir === undefined ? undefined : new Profiler(profileDir);
  const measureOne = () => measureLag(subject, bench, 1);
  const single = await (profiler?.during(subject.pid, `${name}-endpoint-1`, measureOne) ?? measureOne());

  say(`${name}: ${proxies} proxies connect`);
  await fleet.prepare('delta', shape, proxies);
  const connect = await measureConnect(subject, fleet, proxies);
  say(`${name}: endpoints change, ${proxies} proxies`);
  const all = await measureLag(subject, bench, proxies);
  say(`${name}: the API server ends and starts again`);
  const outage = await measureOutage(subject, bench);
  const end = memoryOf(subject.pid);
  await fleet.close();
  await subject.stop();
  return { name, readyMs: subject.readyMs, startCpuMs, idle, single, connect, all, outage, end };
}

async function measureLag(
  { pid }: RunningSubject,
  { cluster, mesh, fleet, churn }: ClusterBench,
  proxies: number,
): Promise<LagResult> {
  const client = cluster.client();
  const watch = await SliceWatch.start(client);
  const processes = [pid, ...fleet.pids];
  await untilAtRest(processes);
  const cpuBeforeMs = cpuMs(pid);
  const [serverMs, overMs]: [number[], number[]] = [[], []];
  const untilMs = monotonicMs() + ROUNDS_MS;
  let rounds = 0;
  for (let round = 0; round < churn && monotonicMs() < untilMs; round++) {
    rounds++;
    const { typeUrl, marker, apply } = mesh.endpointChange(round);
    await fleet.expect({ typeUrl, marker });
    const startedMs = monotonicMs();
    await apply();
    const { heardMs } = await fleet.heard(CHANGE_TIMEOUT_MS);
    await untilAtRest(processes, 2000);
    const seenMs = watch.seenMs(marker) ?? Number.NaN;
    serverMs.push(seenMs - startedMs);
    overMs.push(...heardMs.map((at) => at - seenMs));
  }
  watch.stop();
  client.close();
  return {
    serverMs: quantilesOf(serverMs),
    overMs: quantilesOf(overMs),
    cpuMs: (cpuMs(pid) - cpuBeforeMs) / rounds,
    missing: proxies * rounds - overMs.length,
  };
}

async function measureOutage(
  { pid }: RunningSubject,
  { cluster, mesh, fleet, proxies }: ClusterBench,
): Promise<OutageResult> {
  await untilAtRest([pid, ...fleet.pids]);
  const before = await fleet.traffic();
  await cluster.kill();
  await delay(OUTAGE_MS);
  await cluster.restart();
  const readyMs = monotonicMs();
  await untilAtRest([pid, ...fleet.pids]);
  const after = await fleet.traffic();
  const { typeUrl, marker, apply } = mesh.endpointChange(0);
  await fleet.expect({ typeUrl, marker });
  await apply();
  const { heardMs } = await fleet.heard(CHANGE_TIMEOUT_MS);
  const backMs = heardMs.reduce((last, at) => Math.max(last, at), readyMs) - readyMs;
  return {
    stayed: after.open - (after.ended - before.ended),
    responses: after.responses - before.responses,
    backMs,
    missing: proxies - heardMs.length,
  };
}
