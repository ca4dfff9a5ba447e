import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJoinKey } from '../../../src/ca/join-key.ts';
import { createJoinToken } from '../../../src/ca/join-token.ts';
import type { Declared } from '../declare/declared.ts';
import type { EnvoyProgram } from '../envoy.ts';
import { ask } from '../http.ts';
import { type RunningProcess, startProcess } from '../process.ts';
import { until } from '../until.ts';

const MAIN = fileURLToPath(new URL('../../../src/server/main.ts', import.meta.url));
const HOUR_MS = 3_600_000;

/** Counters of TLS, which are not among those that Istio keeps. */
const OVERRIDE = { stats_config: { stats_matcher: { inclusion_list: { patterns: [{ contains: 'ssl.' }] } } } };
const OVERRIDE_FILE = 'override.json';

/** A workload whose proxy has an agent. */
export interface SecuredWorkload {
  /** Of the workload, its service account, and the label `app`. */
  readonly name: string;
  /** The first of five ports on loopback that agent and Envoy answer on. */
  readonly port: number;
}

/**
 * A control plane that signs certificates, on a folder of objects, and proxies whose agents prove themselves by join tokens. All are processes of
 * their own on loopback; nothing is captured, so that the traffic of the machine stays as it is.
 */
export class SecuredMesh {
  readonly #envoy: string;
  readonly #dir: string;
  /** The first of three ports of the control plane. */
  readonly #port: number;
  readonly #processes: RunningProcess[] = [];
  readonly #agents: SecuredWorkload[] = [];

  private constructor(envoy: string, dir: string, port: number) {
    this.#envoy = envoy;
    this.#dir = dir;
    this.#port = port;
  }

  static async start({ command }: EnvoyProgram, port: number, objects: readonly Declared[]): Promise<SecuredMesh> {
    const dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-secured-'));
    const mesh = new SecuredMesh(command[0], dir, port);
    await mkdir(path.join(dir, 'mesh'));
    for (const object of objects) await mesh.write(object);
    await mesh.#startControlPlane();
    return mesh;
  }

  /** Saves objects where the control plane reads them. */
  async write({ file, text }: Declared): Promise<void> {
    await writeFile(path.join(this.#dir, 'mesh', file.replaceAll('/', '_')), text);
  }

  async remove({ file }: Declared): Promise<void> {
    await rm(path.join(this.#dir, 'mesh', file.replaceAll('/', '_')), { force: true });
  }

  /** Starts the agent of a workload and with it an Envoy; resolves when that is ready. */
  async join(workload: SecuredWorkload): Promise<void> {
    const { name, port } = workload;
    const home = path.join(this.#dir, name);
    const secrets = path.join(home, 'var/run/secrets');
    await mkdir(path.join(secrets, 'tokens'), { recursive: true });
    await mkdir(path.join(secrets, 'istio'), { recursive: true });
    await cp(this.#rootsFile, path.join(secrets, 'istio/root-cert.pem'));
    await writeFile(path.join(secrets, 'tokens/istio-token'), await this.#createToken(name));
    await writeFile(path.join(home, OVERRIDE_FILE), JSON.stringify(OVERRIDE));
    this.#agents.push(workload);
    this.#processes.push(
      await startProcess({
        name,
        command: [process.execPath, MAIN, 'agent', 'sidecar'],
        cwd: home,
        logPath: path.join(this.#dir, `${name}.log`),
        env: { ...toIdentity(name), ...this.#toPorts(port) },
      }),
    );
    await this.#untilReady(name, `http://127.0.0.1:${port + 1}/healthz/ready`);
  }

  /** Counters of a workload's Envoy whose name matches, added up. */
  async count({ port }: SecuredWorkload, pattern: string): Promise<number> {
    const { body } = await ask(`http://127.0.0.1:${port}/stats?usedonly&filter=${encodeURIComponent(pattern)}`);
    const values = body.split('\n').map((line) => Number(line.split(': ')[1] ?? 0));
    return values.reduce((sum, value) => sum + value, 0);
  }

  async stop(): Promise<void> {
    // Nobody is left to wait for.
    const quit = ({ port }: SecuredWorkload) => ask(`http://127.0.0.1:${port + 1}/quitquitquit`, { method: 'POST' });
    await Promise.allSettled(this.#agents.map(quit));
    await Promise.all(this.#processes.map((running) => running.stop()));
    await rm(this.#dir, { recursive: true, force: true });
  }

  get #rootsFile(): string {
    return path.join(this.#dir, 'state/ca/root-cert.pem');
  }

  async #createToken(serviceAccount: string): Promise<string> {
    const key = await openJoinKey(path.join(this.#dir, 'state'));
    return createJoinToken(key, { namespace: 'default', serviceAccount, ttlMs: HOUR_MS, nowMs: Date.now() });
  }

  async #startControlPlane(): Promise<void> {
    const at = (offset: number) => `127.0.0.1:${this.#port + offset}`;
    const flags = {
      configDir: path.join(this.#dir, 'mesh'),
      stateDir: path.join(this.#dir, 'state'),
      grpcAddr: '',
      secureGRPCAddr: at(0),
      httpAddr: at(1),
      monitoringAddr: at(2),
      httpsAddr: '',
      ctrlz_port: '0',
    };
    const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
    const logPath = path.join(this.#dir, 'control-plane.log');
    const command = [process.execPath, MAIN, 'discovery', ...args] as const;
    this.#processes.push(await startProcess({ name: 'control plane', command: [...command], logPath }));
    await this.#untilReady('control-plane', `http://${at(1)}/ready`);
  }

  #toPorts(port: number): Readonly<Record<string, string>> {
    const proxyConfig = {
      binaryPath: this.#envoy,
      proxyAdminPort: port,
      statusPort: port + 1,
      discoveryAddress: `127.0.0.1:${this.#port}`,
      concurrency: 1,
    };
    return {
      PROXY_CONFIG: JSON.stringify(proxyConfig),
      ENVOY_STATUS_PORT: String(port + 2),
      ENVOY_PROMETHEUS_PORT: String(port + 3),
      ISTIO_BOOTSTRAP_OVERRIDE: OVERRIDE_FILE,
    };
  }

  async #untilReady(name: string, url: string): Promise<void> {
    try {
      await until(`${name} to be ready`, async () => ((await ask(url)).status === 200 ? true : undefined));
    } catch (err) {
      const log = await readFile(path.join(this.#dir, `${name}.log`), 'utf8');
      throw new Error(`${name} is not ready:\n${log.split('\n').slice(-30).join('\n')}`, { cause: err });
    }
  }
}

function toIdentity(name: string): Readonly<Record<string, string>> {
  return {
    POD_NAME: name,
    POD_NAMESPACE: 'default',
    SERVICE_ACCOUNT: name,
    INSTANCE_IP: '127.0.0.1',
    ISTIO_META_INTERCEPTION_MODE: 'NONE',
    ISTIO_METAJSON_LABELS: JSON.stringify({ app: name }),
  };
}
