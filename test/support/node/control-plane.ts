import path from 'node:path';
import { type RunningProcess, startProcess, whileRunning } from '../process.ts';
import { until } from '../until.ts';
import { toCommandIn } from './enter.ts';
import type { Hand } from './hand-client.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
/** The command line of our own program, unbuilt. */
export const PILOTHOUSE: readonly [string, ...string[]] = [
  process.execPath,
  '--no-warnings',
  path.join(REPOSITORY, 'src/server/main.ts'),
];

/** How a control plane is started on a node. */
export interface ControlPlaneOptions {
  /** Path of the node's network namespace. */
  readonly network: string;
  readonly resolvConf: string;
  readonly kubeconfig: string;
  /** In the same network: asks whether it is ready. */
  readonly hand: Hand;
  readonly dir: string;
  /** The program up to its command; ours when absent. */
  readonly program?: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** The control plane of a node's mesh: one at a time, stopped and started again as a test needs. */
export class ControlPlaneProcess {
  readonly #options: ControlPlaneOptions;
  #env: Readonly<Record<string, string>>;
  #running: RunningProcess | undefined;

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.#env = options.env;
  }

  /** Starts it, with this added to its environment from now on; resolves when it is ready. */
  async start(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const { network, resolvConf, kubeconfig, hand, dir, program = PILOTHOUSE } = this.#options;
    this.#env = { ...this.#env, ...env };
    this.#running = await startProcess({
      name: 'control plane',
      command: toCommandIn({ network, resolvConf }, [...program, 'discovery', '--kubeconfig', kubeconfig]),
      cwd: dir,
      env: { POD_NAMESPACE: 'istio-system', POD_NAME: 'istiod-node', CLUSTER_ID: 'Kubernetes', ...this.#env },
      logPath: path.join(dir, 'control-plane.log'),
    });
    const ready = until(
      'the control plane to be ready',
      async () => ((await hand.ask('http://127.0.0.1:8080/ready')).status === 200 ? true : undefined),
      { timeoutMs: 60_000 },
    );
    await whileRunning(this.#running, ready);
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    await this.#running?.kill();
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  /** The last lines it printed. */
  tail(): readonly string[] {
    return this.#running?.tail() ?? [];
  }
}
