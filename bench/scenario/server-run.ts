import path from 'node:path';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import type { ChangeKind } from '../floor/recording.ts';
import { type Change, MeshDirectory } from '../mesh/directory.ts';
import { type ControlPlane, findPorts, startControlPlane } from '../process/control-plane.ts';
import { monotonicMs } from '../process/monotonic.ts';
import { cpuMs, memoryOf } from '../process/usage.ts';
import { Profiler } from '../profile/profiler.ts';
import { type ChangePlan, CONNECT_TIMEOUT_MS, measureChanges, measureConnect } from './measure.ts';
import type { ChangeResult, ResumeResult, ServerResult } from './results.ts';
import { untilAtRest } from './rest.ts';
import { FEW_ROUNDS, ROUNDS_MS, type Surroundings } from './surroundings.ts';

/** How long streams may take to notice that their server is gone. */
const ENDED_MS = 10_000;

/** Changes with some number of proxies connected. */
interface Extent {
  readonly rounds: number;
  readonly proxies: number;
  readonly record: boolean;
}

/** One control plane and its proxies, from its start to the resumption after its end. */
export class ServerRun {
  /** The changes that were recorded. */
  readonly recorded = new Map<ChangeKind, Change>();
  readonly #protocol: XdsProtocol;
  readonly #surroundings: Surroundings;
  readonly #mesh: MeshDirectory;
  readonly #profiler: Profiler | undefined;

  constructor(protocol: XdsProtocol, surroundings: Surroundings) {
    const { options, workDir } = surroundings;
    this.#protocol = protocol;
    this.#surroundings = surroundings;
    this.#mesh = new MeshDirectory(path.join(workDir, `mesh-${protocol}`), options.shape);
    this.#profiler = options.profile === undefined ? undefined : new Profiler(options.profile);
  }

  async run(): Promise<ServerResult> {
    const { fleet, options } = this.#surroundings;
    const { shape, proxies, churn } = options;
    this.#mesh.write();
    this.#say('a control plane starts');
    const server = await this.#start();
    await untilAtRest([server.pid]);
    const startCpuMs = cpuMs(server.pid);
    const idleMb = memoryOf(server.pid).residentMb;

    this.#say(`${proxies} sidecars connect`);
    await fleet.prepare(this.#protocol, shape, proxies);
    const connect = await this.#profiled(server, 'connect', () => measureConnect(server, fleet, proxies));
    const changes = await this.#measureChanges(server, { rounds: churn, proxies, record: true });
    const memory = memoryOf(server.pid);

    await fleet.keepOne();
    const single = await this.#measureChanges(server, {
      rounds: Math.min(FEW_ROUNDS, churn),
      proxies: 1,
      record: false,
    });
    const resume = await this.#measureResume(server);
    return { readyMs: server.readyMs, startCpuMs, idleMb, connect, ...changes, ...memory, single, resume };
  }

  async #start(): Promise<ControlPlane> {
    const { workDir, program } = this.#surroundings;
    return startControlPlane({
      program,
      configDir: this.#mesh.root,
      ports: await findPorts(),
      logPath: path.join(workDir, `control-plane-${this.#protocol}.log`),
      profileDir: this.#profiler?.dir,
    });
  }

  async #measureChanges(server: ControlPlane, extent: Extent): Promise<Record<ChangeKind, ChangeResult>> {
    const measure = (kind: ChangeKind) =>
      this.#profiled(server, `${kind}-${extent.proxies}`, () => this.#measure(kind, server, extent));
    return { endpoint: await measure('endpoint'), route: await measure('route') };
  }

  #measure(kind: ChangeKind, server: ControlPlane, extent: Extent): Promise<ChangeResult> {
    const { fleet } = this.#surroundings;
    const { rounds, proxies, record } = extent;
    this.#say(`${kind}s change ${rounds} times with ${proxies} connected`);
    const next = (round: number) => {
      const change = kind === 'endpoint' ? this.#mesh.endpointChange(round) : this.#mesh.routeChange(round);
      if (record && round === 0) this.recorded.set(kind, change);
      return change;
    };
    const plan: ChangePlan = { ...extent, kind, next, untilMs: monotonicMs() + ROUNDS_MS };
    return measureChanges(server, fleet, plan);
  }

  /** All proxies come with what they hold to a process that never saw them, and then hear of a change. */
  async #measureResume(old: ControlPlane): Promise<ResumeResult> {
    const { fleet, options } = this.#surroundings;
    this.#say('another process takes the place of the control plane');
    await fleet.open(old.address);
    const strayed = await fleet.resumed(CONNECT_TIMEOUT_MS);
    await old.stop();
    await fleet.ended(ENDED_MS);

    const server = await this.#start();
    const processes = [server.pid, ...fleet.pids];
    await untilAtRest(processes);
    const before = { cpu: cpuMs(server.pid), traffic: await fleet.traffic() };
    const lost = await this.#profiled(server, 'resume', async () => {
      await fleet.open(server.address);
      const left = await fleet.resumed(CONNECT_TIMEOUT_MS);
      await untilAtRest(processes);
      return left;
    });
    const resumed = { cpu: cpuMs(server.pid), traffic: await fleet.traffic() };
    const { missing } = await this.#measure('endpoint', server, { rounds: 1, proxies: options.proxies, record: false });
    const last = await fleet.traffic();
    await fleet.close();
    await server.stop();
    return {
      cpuMs: resumed.cpu - before.cpu,
      bytes: resumed.traffic.bytes - before.traffic.bytes,
      responses: resumed.traffic.responses - before.traffic.responses,
      missing: strayed + lost + missing,
      story: [
        `${strayed} not dealt with by the old process`,
        `${lost} not dealt with by the new one`,
        `${missing} did not hear of the next change`,
        `${last.open} of ${options.proxies} open, ${last.ended - before.traffic.ended} ended (${last.lastReason})`,
      ].join('; '),
    };
  }

  #profiled<T>(server: ControlPlane, phase: string, run: () => Promise<T>): Promise<T> {
    return this.#profiler?.during(server.pid, `${this.#protocol}-${phase}`, run) ?? run();
  }

  #say(text: string): void {
    this.#surroundings.say(`${this.#protocol}: ${text}`);
  }
}
