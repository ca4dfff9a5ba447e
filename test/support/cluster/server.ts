import path from 'node:path';
import { type RunningProcess, startProcess, whileRunning } from '../process.ts';
import { until } from '../until.ts';
import type { Ask } from './ask.ts';

export interface ServerOptions {
  readonly program: string;
  /** Where etcd keeps its files, and the log goes. */
  readonly dir: string;
  readonly port: number;
  readonly flags: readonly string[];
  readonly ask: Ask;
}

/** One run of the API server. */
export interface ApiServer {
  readonly process: RunningProcess;
  /** Forgets all versions of all objects but the present ones; gives the revision up to which. */
  compact(): Promise<number>;
}

/**
 * What a control plane never asks of an API server is left out: it starts sooner and idles cheaper.
 * Service accounts need their controller, which is not here, before Pods may name them.
 */
const FLAGS = [
  '--bind-address=127.0.0.1',
  '--advertise-address=127.0.0.1',
  '--endpoint-reconciler-type=none',
  '--authorization-mode=RBAC',
  '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
  '--service-cluster-ip-range=10.96.0.0/12',
  '--disable-admission-plugins=ServiceAccount',
  '--enable-priority-and-fairness=false',
  '--etcd-compaction-interval=0',
  '--profiling=false',
];

/** Starts the API server and waits until it is ready. @throws Error when it ends before, with its last lines. */
export async function startApiServer({ program, dir, port, flags, ask }: ServerOptions): Promise<ApiServer> {
  const compactions = new Set<(revision: number) => void>();
  const running = await startProcess({
    name: 'API server',
    command: [program, path.join(dir, 'etcd'), `--secure-port=${port}`, ...FLAGS, ...flags],
    logPath: path.join(dir, 'apiserver.log'),
    onLine(line) {
      const revision = /^compacted (\d+)$/.exec(line)?.[1];
      if (revision !== undefined) for (const tell of compactions) tell(Number(revision));
    },
  });
  const ready = until('the API server to be ready', async () => ((await isReady(ask)) ? true : undefined), {
    timeoutMs: 60_000,
  });
  await whileRunning(running, ready);
  return {
    process: running,
    async compact() {
      const compacted = new Promise<number>((resolve) => compactions.add(resolve));
      process.kill(running.pid, 'SIGUSR1');
      return await whileRunning(running, compacted);
    },
  };
}

async function isReady(ask: Ask): Promise<boolean> {
  const { status } = await ask({ path: '/readyz' });
  return status === 200;
}
