import { createServer } from 'node:net';
import { once } from 'node:events';
import path from 'node:path';
import { type RunningProcess, startProcess, whileRunning } from '../process.ts';
import { PILOTHOUSE } from '../node/control-plane.ts';
import { until } from '../until.ts';

/** A control plane that is asked. */
export interface Plane {
  readonly name: 'istiod' | 'pilothouse';
  /** Of xDS in plaintext. */
  readonly port: number;
  readonly process: RunningProcess;
}

export interface PlaneOptions {
  readonly kubeconfig: string;
  readonly dir: string;
  /** Path of `pilot-discovery`. */
  readonly istiod: string;
}

/** Stock Envoy lacks Istio's filters, and a comparison is no storm to be limited. */
const ISTIOD_ENV = {
  PILOT_ENABLE_METADATA_EXCHANGE: 'false',
  PILOT_ENABLE_ALPN_FILTER: 'false',
  PILOT_DISABLE_MX_ALPN: 'true',
  PILOT_MAX_REQUESTS_PER_SECOND: '100000',
  PILOT_DEBOUNCE_AFTER: '10ms',
  INJECT_ENABLED: 'false',
  VALIDATION_ENABLED: 'false',
};

/** Starts a real istiod; resolves when it is ready. */
export function startIstiod(options: PlaneOptions): Promise<Plane> {
  return startPlane('istiod', [options.istiod], options);
}

/** Starts ours; resolves when it is ready. */
export function startPilothouse(options: PlaneOptions): Promise<Plane> {
  return startPlane('pilothouse', PILOTHOUSE, options);
}

async function startPlane(
  name: Plane['name'],
  program: readonly [string, ...string[]],
  { kubeconfig, dir }: PlaneOptions,
): Promise<Plane> {
  const [port = 0, http, secure, hooks, monitoring, control] = await findFreePorts(6);
  const process = await startProcess({
    name,
    command: [
      ...program,
      'discovery',
      `--kubeconfig=${kubeconfig}`,
      `--grpcAddr=127.0.0.1:${port}`,
      `--httpAddr=127.0.0.1:${http}`,
      `--secureGRPCAddr=127.0.0.1:${secure}`,
      `--httpsAddr=127.0.0.1:${hooks}`,
      `--monitoringAddr=127.0.0.1:${monitoring}`,
      `--ctrlz_port=${control}`,
    ],
    cwd: dir,
    env: { POD_NAMESPACE: 'istio-system', POD_NAME: name, CLUSTER_ID: 'Kubernetes', ...ISTIOD_ENV },
    logPath: path.join(dir, `${name}.log`),
  });
  const isReady = async () => (await fetch(`http://127.0.0.1:${http}/ready`)).status === 200 || undefined;
  await whileRunning(process, until(`${name} to be ready`, isReady, { timeoutMs: 60_000 }));
  return { name, port, process };
}

/** Ports that nobody listens on; taken by whoever is first. */
async function findFreePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
