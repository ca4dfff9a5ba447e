import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type RunningProcess, startProcess, whileRunning } from '../process.ts';
import type { Cluster } from './cluster.ts';
import { findServerPort } from './port.ts';

const MAIN = path.resolve(import.meta.dirname, '../../../src/server/main.ts');

/** A control plane as a process of its own, as it runs in a Pod. */
export interface Replica {
  readonly process: RunningProcess;
  /** Where proxies connect to in plaintext, on loopback. */
  readonly grpcPort: number;
  readonly httpPort: number;
  /** xDS and CA over TLS; 0 where that is off. */
  readonly securePort: number;
  /** Ends it, if nobody did, and removes what it printed. */
  remove(): Promise<void>;
}

export interface ReplicaOptions {
  readonly name: string;
  /** Serves TLS, and signs certificates. */
  readonly secure?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts one; resolves when it is ready. @throws Error with its last words. */
export async function startReplica(cluster: Cluster, { name, secure = false, env }: ReplicaOptions): Promise<Replica> {
  const grpcPort = await findServerPort();
  const httpPort = await findServerPort();
  const securePort = secure ? await findServerPort() : 0;
  const at = (port: number) => (port === 0 ? '' : `127.0.0.1:${port}`);
  const flags = {
    kubeconfig: cluster.kubeconfig,
    grpcAddr: at(grpcPort),
    httpAddr: at(httpPort),
    secureGRPCAddr: at(securePort),
    httpsAddr: '',
    monitoringAddr: '',
    ctrlz_port: '0',
  };
  const dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-replica-'));
  const ready = Promise.withResolvers<void>();
  const running = await startProcess({
    name,
    command: [process.execPath, MAIN, 'discovery', ...Object.entries(flags).flatMap(([flag, v]) => [`--${flag}`, v])],
    logPath: path.join(dir, 'log'),
    env: { POD_NAME: name, POD_NAMESPACE: 'istio-system', ISTIOD_CUSTOM_HOST: 'localhost', ...env },
    onLine: (line) => line.includes('server.ready') && ready.resolve(),
  });
  await whileRunning(running, ready.promise);
  return {
    process: running,
    grpcPort,
    httpPort,
    securePort,
    async remove() {
      await running.kill();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
