import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tcpAddress } from '../../src/agent/address.ts';
import { compileBootstrap } from '../../src/agent/bootstrap.ts';
import { type Envoy, type EnvoyProgram, startEnvoy } from '../../test/support/envoy.ts';
import { ask } from '../../test/support/http.ts';
import { describeExit, type RunningProcess, startProcess } from '../../test/support/process.ts';
import { type UntilOptions, until } from '../../test/support/until.ts';
import { ADMIN_PORT, GATEWAY, type Layout, podOf, SERVICE_PORT, WORKLOADS, type Workload } from './layout.ts';

export interface PlaygroundOptions {
  readonly envoy: EnvoyProgram;
  /** Directory of YAML that the control plane watches. */
  readonly meshDir: string;
  readonly layout: Layout;
  /** The control plane's program, in front of `discovery`. */
  readonly controlPlane: readonly [string, ...string[]];
  /** Called with each line that the control plane prints. */
  readonly onControlPlaneLine?: (line: string) => void;
  /** Called when a process ended that nobody stopped. */
  readonly onDeath?: (dead: RunningProcess) => void;
  /** Called with each thing that is done, for a person who waits. */
  readonly onProgress?: (text: string) => void;
  /** Gives up starting when aborted. */
  readonly signal?: AbortSignal;
}

/** Generous: a small machine starts fourteen processes at once. */
const START_TIMEOUT_MS = 60_000;

/** The whole example, running: a control plane, six applications, seven Envoys. */
export class Playground {
  /** Bootstraps and logs. */
  readonly dir: string;
  readonly #options: PlaygroundOptions;
  #controlPlane: RunningProcess | undefined;
  readonly #apps = new Map<string, RunningProcess>();
  readonly #envoys = new Map<string, Envoy>();
  readonly #givingUp = new AbortController();
  #onDeath: (dead: RunningProcess) => void = () => undefined;

  private constructor(dir: string, options: PlaygroundOptions) {
    this.dir = dir;
    this.#options = options;
  }

  /**
   * Starts all of it; resolves when traffic can flow.
   * @throws Error when something does not start, after stopping what did. The logs are left in place then, unless it was `signal` that ended it.
   */
  static async start(options: PlaygroundOptions): Promise<Playground> {
    const playground = new Playground(await mkdtemp(join(tmpdir(), 'pilothouse-bookinfo-')), options);
    const starting = playground.#startAll();
    try {
      await playground.#unlessOneDies(starting);
      return playground;
    } catch (err) {
      playground.#givingUp.abort(err);
      await starting.catch(() => undefined);
      await playground.#stopAll();
      if (options.signal?.aborted) await playground.#removeDir();
      throw err;
    }
  }

  /** Stops all of it, the way in first and the control plane last, and removes bootstraps and logs. */
  async stop(): Promise<void> {
    await this.#stopAll();
    await this.#removeDir();
  }

  get controlPlane(): RunningProcess {
    return getStarted(this.#controlPlane, 'the control plane');
  }

  /** The Envoy of a pod, or `istio-ingressgateway`. */
  envoy(name: string): Envoy {
    return getStarted(this.#envoys.get(name), name);
  }

  /** Where the page is. */
  get url(): string {
    return `http://127.0.0.1:${this.#options.layout.gatewayPort}`;
  }

  async startControlPlane(): Promise<void> {
    const { layout, onControlPlaneLine } = this.#options;
    const running = await startProcess({
      name: 'control plane',
      command: this.controlPlaneCommand(),
      logPath: join(this.dir, 'control-plane.log'),
      ...(onControlPlaneLine === undefined ? {} : { onLine: onControlPlaneLine }),
    });
    this.#controlPlane = running;
    this.#watch(running);
    await this.#waitForAnswer('the control plane to be ready', `http://127.0.0.1:${layout.httpPort}/ready`);
  }

  /** What starts the control plane, for the shell of whoever wants to do it himself. */
  controlPlaneCommand(): [string, ...string[]] {
    const { meshDir, controlPlane, layout } = this.#options;
    const address = (port: number) => `127.0.0.1:${port}`;
    return [
      ...controlPlane,
      ...['discovery', '--configDir', meshDir],
      ...['--grpcAddr', address(layout.grpcPort), '--httpAddr', address(layout.httpPort)],
      ...['--monitoringAddr', address(layout.monitoringPort)],
      // Plaintext on loopback is all that this example needs.
      ...['--secureGRPCAddr', '', '--httpsAddr', '', '--ctrlz_port', '0'],
    ];
  }

  async startEnvoy(name: string): Promise<Envoy> {
    const proxy = await startEnvoy(this.#options.envoy, { ...this.#describeEnvoy(name), name, dir: this.dir });
    this.#envoys.set(name, proxy);
    this.#watch(proxy.process);
    return proxy;
  }

  async #startAll(): Promise<void> {
    const { onProgress } = this.#options;
    onProgress?.('starting the control plane');
    await this.startControlPlane();
    onProgress?.(`starting ${WORKLOADS.length} applications`);
    await Promise.all(WORKLOADS.map((workload) => this.#startApp(workload)));
    const names = [...WORKLOADS.map(podOf), GATEWAY.app];
    onProgress?.(`starting ${names.length} Envoys`);
    for (const name of names) {
      this.#givingUp.signal.throwIfAborted();
      await this.startEnvoy(name);
    }
    await Promise.all([...this.#envoys.values()].map((proxy) => proxy.ready(this.#patience())));
    onProgress?.('waiting for the first page');
    await this.#waitForAnswer('the page through the gateway', `${this.url}/productpage`);
  }

  async #startApp(workload: Workload): Promise<void> {
    const { layout } = this.#options;
    const pod = podOf(workload);
    const port = layout.appPorts + workload.n;
    const running = await startProcess({
      name: `app ${pod}`,
      command: [process.execPath, fileURLToPath(new URL(`apps/${workload.app}.ts`, import.meta.url))],
      env: {
        PORT: String(port),
        VERSION: workload.version,
        POD: pod,
        MESH: `http://${layout.outbound}.${workload.n}:${SERVICE_PORT}`,
      },
      logPath: join(this.dir, `app-${pod}.log`),
    });
    this.#apps.set(pod, running);
    this.#watch(running);
    await this.#waitForAnswer(`${running.name} to be healthy`, `http://127.0.0.1:${port}/health`);
  }

  async #waitForAnswer(fact: string, url: string): Promise<void> {
    const isThere = async () => ((await ask(url)).status === 200 ? true : undefined);
    await until(fact, isThere, this.#patience());
  }

  #patience(): UntilOptions {
    const { signal = this.#givingUp.signal } = this.#options;
    return { timeoutMs: START_TIMEOUT_MS, signal: AbortSignal.any([signal, this.#givingUp.signal]) };
  }

  /** An Envoy's bootstrap, and where its admin interface is. */
  #describeEnvoy(name: string): { bootstrap: object; adminAddress: string } {
    const { layout } = this.#options;
    const workload = WORKLOADS.find((candidate) => podOf(candidate) === name);
    const ip = `${layout.inbound}.${workload?.n ?? GATEWAY.n}`;
    const bootstrap = compileBootstrap({
      proxy: {
        type: workload === undefined ? 'router' : 'sidecar',
        ips: [ip],
        name,
        namespace: 'default',
        labels:
          workload === undefined
            ? { app: GATEWAY.app, istio: 'ingressgateway' }
            : { app: workload.app, version: workload.version },
        interception: 'NONE',
      },
      discovery: tcpAddress('127.0.0.1', layout.grpcPort),
      admin: tcpAddress(ip, ADMIN_PORT),
      stats: 'all',
    });
    return { bootstrap, adminAddress: `${ip}:${ADMIN_PORT}` };
  }

  #watch(running: RunningProcess): void {
    void running.exited.then(() => {
      if (!running.isStopping) this.#onDeath(running);
    });
  }

  /** While everything starts, a death ends the start; afterwards it is only told. */
  async #unlessOneDies(started: Promise<void>): Promise<void> {
    const { promise: death, reject } = Promise.withResolvers<never>();
    this.#onDeath = async (dead) => reject(new Error(await describeExit(dead)));
    await Promise.race([started, death]);
    this.#onDeath = this.#options.onDeath ?? (() => undefined);
  }

  async #removeDir(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  async #stopAll(): Promise<void> {
    const gateway = this.#envoys.get(GATEWAY.app)?.process;
    const sidecars = [...this.#envoys.values()].map((proxy) => proxy.process).filter((running) => running !== gateway);
    for (const group of [[gateway], sidecars, [...this.#apps.values()], [this.#controlPlane]]) {
      await Promise.all(group.map((running) => running?.stop()));
    }
  }
}

function getStarted<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`${name} was not started`);
  return thing;
}
