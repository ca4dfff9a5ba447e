import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ask } from '../../test/support/http.ts';
import { listPortProblems } from '../../test/support/ports.ts';
import { until } from '../../test/support/until.ts';
import { type Child, startChild, tailOf } from '../process/child.ts';
import { monotonicMs } from '../process/monotonic.ts';

/** A control plane that reads a cluster: ours, or another that takes istiod's flags. */
export interface Program {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

/** One that serves. */
export interface RunningSubject extends Child {
  /** `host:port` of its plaintext port. */
  readonly address: string;
  /** From the start of the process until it said that it was ready. */
  readonly readyMs: number;
}

export interface SubjectOptions {
  readonly program: Program;
  readonly kubeconfig: string;
  readonly workDir: string;
  /** Folder for profiles, which are taken when it is told to. */
  readonly profileDir?: string | undefined;
}

const READY_TIMEOUT_MS = 120_000;
const PORTS = { first: 24_000, last: 24_999 };
const FLAGS = ['grpcAddr', 'httpAddr', 'monitoringAddr', 'secureGRPCAddr', 'httpsAddr'] as const;

/**
 * What the comparison asks of istiod's environment: no limit of new streams, which would be what is measured, and a
 * configuration that stock Envoy takes, which is the only one we make.
 */
export const ISTIOD_ENV = {
  PILOT_MAX_REQUESTS_PER_SECOND: '100000',
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_ENABLE_ALPN_FILTER: 'false',
  PILOT_DISABLE_MX_ALPN: 'true',
} as const;

/** Starts a control plane with all its ports and waits until it is ready. @throws Error with its last words. */
export async function startSubject(options: SubjectOptions): Promise<RunningSubject> {
  const { program, kubeconfig, workDir, profileDir } = options;
  const ports = await findFreePorts(FLAGS.length);
  const flags = FLAGS.flatMap((name, i) => [`--${name}`, `127.0.0.1:${ports[i]}`]);
  const toggle = pathToFileURL(path.resolve(import.meta.dirname, '../profile/toggle.ts')).href;
  const startedMs = monotonicMs();
  const child = await startChild({
    name: program.name,
    command: [...program.command, 'discovery', '--kubeconfig', kubeconfig, ...flags, '--ctrlz_port', '0'],
    logPath: path.join(workDir, `${program.name}.log`),
    env: {
      POD_NAME: `${program.name}-1`,
      POD_NAMESPACE: 'istio-system',
      ISTIOD_CUSTOM_HOST: 'localhost',
      ...program.env,
      ...(profileDir && { BENCH_PROFILE_DIR: profileDir, NODE_OPTIONS: `--import ${toggle}` }),
    },
  });
  const url = `http://127.0.0.1:${ports[1]}/ready`;
  const isReady = async () => (child.process.exitCode === null && (await ask(url)).status === 200) || undefined;
  await until(program.name, isReady, { timeoutMs: READY_TIMEOUT_MS }).catch((cause: unknown) => {
    throw new Error(`${program.name} did not become ready; it said:\n${tailOf(child)}`, { cause });
  });
  return { ...child, address: `127.0.0.1:${ports[0]}`, readyMs: monotonicMs() - startedMs };
}

async function findFreePorts(count: number): Promise<readonly number[]> {
  const free: number[] = [];
  for (let port = PORTS.first; port <= PORTS.last && free.length < count; port++) {
    if ((await listPortProblems([{ host: '127.0.0.1', port }])).length === 0) free.push(port);
  }
  if (free.length < count) throw new Error(`fewer than ${count} ports of ${PORTS.first}–${PORTS.last} are free`);
  return free;
}
