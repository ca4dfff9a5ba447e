import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isRecord } from '../../src/kube/object.ts';
import type { Cluster } from './cluster/cluster.ts';
import { findServerPort } from './cluster/port.ts';
import { type Exit, type RunningProcess, startProcess, whileRunning } from './process.ts';
import { until } from './until.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const INJECTOR = 'istio-sidecar-injector';
const OFF = ['grpcAddr', 'secureGRPCAddr', 'httpAddr'].flatMap((name) => [`--${name}`, '']);

/** A control plane as it is deployed, whose webhooks an API server reaches. */
export interface InjectingPlane {
  readonly port: number;
  /** What it said, as events. */
  readonly events: readonly PlaneEvent[];
  readonly process: RunningProcess;
  /** The value of a metric without labels. */
  metric(name: string): Promise<number>;
  /** How it ended. */
  stop(): Promise<Exit>;
}

/** A line of its log. */
export interface PlaneEvent {
  readonly level: string;
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Applies what is in `deploy/`, with the webhooks of injection at a port of this machine. Gives the port. */
export async function deployInjection(cluster: Cluster): Promise<number> {
  await cluster.kubectl('apply', '-f', path.join(REPOSITORY, 'deploy/crds'));
  await cluster.kubectl(
    'wait',
    '--for=condition=Established',
    '--timeout=30s',
    '-f',
    path.join(REPOSITORY, 'deploy/crds'),
  );
  await cluster.kubectl('apply', '-f', path.join(REPOSITORY, 'deploy/manifests'));
  const port = await findServerPort();
  await cluster.exposeService('istio-system', 'istiod', port);
  const configuration: unknown = JSON.parse(
    await cluster.kubectl('get', 'mutatingwebhookconfiguration', INJECTOR, '-o', 'json'),
  );
  const count = isRecord(configuration) && Array.isArray(configuration.webhooks) ? configuration.webhooks.length : 0;
  const steps = Array.from({ length: count }, (_, i) => ({
    op: 'replace',
    path: `/webhooks/${i}/clientConfig/service/port`,
    value: port,
  }));
  await patchInjector(cluster, steps);
  return port;
}

/** Changes the configuration of the injecting webhooks by a JSON patch. */
export async function patchInjector(cluster: Cluster, steps: readonly object[]): Promise<void> {
  const patch = JSON.stringify(steps);
  await cluster.kubectl('patch', 'mutatingwebhookconfiguration', INJECTOR, '--type=json', '-p', patch);
}

/** Starts a control plane that serves webhooks at `port`; resolves when it is ready. */
export async function startInjectingPlane(
  cluster: Cluster,
  port: number,
  env: Readonly<Record<string, string>> = {},
): Promise<InjectingPlane> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pilothouse-injection-'));
  const monitoringPort = await findServerPort();
  const events: PlaneEvent[] = [];
  const command = [
    ...[path.join(REPOSITORY, 'src/server/main.ts'), 'discovery', '--kubeconfig', cluster.kubeconfig, ...OFF],
    ...[
      '--ctrlz_port=0',
      '--log_as_json',
      `--httpsAddr=127.0.0.1:${port}`,
      `--monitoringAddr=127.0.0.1:${monitoringPort}`,
    ],
  ];
  const running = await startProcess({
    name: 'control plane',
    command: [process.execPath, ...command],
    cwd: folder,
    logPath: path.join(folder, 'log'),
    env: { POD_NAMESPACE: 'istio-system', POD_NAME: `istiod-${port}`, ...env },
    onLine: (line) => void (line.startsWith('{') && events.push(JSON.parse(line))),
  });
  const ready = until('it to be ready', () => events.find(({ event }) => event === 'server.ready'), {
    timeoutMs: 60_000,
  });
  await whileRunning(running, ready);
  return {
    port,
    events,
    process: running,
    async metric(name) {
      const text = await (await fetch(`http://127.0.0.1:${monitoringPort}/metrics`)).text();
      return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    },
    async stop() {
      const exit = await running.stop(15_000);
      await rm(folder, { recursive: true });
      return exit;
    },
  };
}
