import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask } from '../../test/support/http.ts';
import { listPortProblems } from '../../test/support/ports.ts';
import { until } from '../../test/support/until.ts';
import { type Child, startChild, tailOf } from './child.ts';
import { monotonicMs } from './monotonic.ts';
import type { Program } from './program.ts';

const repository = path.resolve(import.meta.dirname, '../..');

/** Where servers listen, all on loopback. */
export interface Ports {
  readonly grpc: number;
  readonly http: number;
  readonly monitoring: number;
}

/** A control plane that serves. */
export interface ControlPlane extends Child {
  /** `host:port` of its plaintext port. */
  readonly address: string;
  /** From its start until it said that it was ready. */
  readonly readyMs: number;
}

export interface ControlPlaneOptions {
  readonly program: Program;
  readonly configDir: string;
  readonly ports: Ports;
  readonly logPath: string;
  /** Folder for profiles, which are taken when it is told to. */
  readonly profileDir: string | undefined;
}

const READY_TIMEOUT_MS = 60_000;

/** Starts a control plane on a directory and waits until it is ready. @throws Error with its last words. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { program, ports, logPath, profileDir } = options;
  const started = monotonicMs();
  const toggle = pathToFileURL(path.join(repository, 'bench/profile/toggle.ts')).href;
  const child = await startChild({
    name: 'control plane',
    command: [...program, 'discovery', ...toFlags(options)],
    logPath,
    env: {
      KUBECONFIG: undefined,
      ...(profileDir && { BENCH_PROFILE_DIR: profileDir, NODE_OPTIONS: `--import ${toggle}` }),
    },
  });
  const url = `http://127.0.0.1:${ports.http}/ready`;
  await until('the control plane', () => isReady(child, url), { timeoutMs: READY_TIMEOUT_MS }).catch(
    (cause: unknown) => {
      throw new Error(`the control plane did not become ready; it said:\n${tailOf(child)}`, { cause });
    },
  );
  return { ...child, address: `127.0.0.1:${ports.grpc}`, readyMs: monotonicMs() - started };
}

async function isReady(child: Child, url: string): Promise<true | undefined> {
  if (child.process.exitCode !== null) return undefined;
  const { status } = await ask(url);
  return status === 200 ? true : undefined;
}

function toFlags({ configDir, ports }: ControlPlaneOptions): readonly string[] {
  const flags = {
    configDir,
    grpcAddr: `127.0.0.1:${ports.grpc}`,
    secureGRPCAddr: '',
    httpAddr: `127.0.0.1:${ports.http}`,
    httpsAddr: '',
    monitoringAddr: `127.0.0.1:${ports.monitoring}`,
    ctrlz_port: '0',
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

const FIRST_PORT = 23_000;
const LAST_PORT = 23_999;

/** Ports of the bench's own range that nobody listens on. */
export async function findPorts(): Promise<Ports> {
  const free: number[] = [];
  for (let port = FIRST_PORT; port <= LAST_PORT && free.length < 3; port++) {
    const problems = await listPortProblems([{ host: '127.0.0.1', port }]);
    if (problems.length === 0) free.push(port);
  }
  const [grpc, http, monitoring] = free;
  if (grpc === undefined || http === undefined || monitoring === undefined) {
    throw new Error(`fewer than three ports of ${FIRST_PORT}–${LAST_PORT} are free`);
  }
  return { grpc, http, monitoring };
}
