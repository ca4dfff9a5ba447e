import { KubeSource } from '../discovery/kube/kube-source.ts';
import { createLog } from '../kit/log.ts';
import { KubeClient } from '../kube/client.ts';
import { findConnection } from '../kube/connection.ts';
import type { Part } from './lifecycle.ts';

const log = createLog('kube');

/** The flags that say which cluster a control plane is of. */
export interface ClusterFlags {
  readonly configDir: string | undefined;
  readonly kubeconfig: string | undefined;
  readonly clusterID: string;
  readonly namespace: string;
  readonly revision: string;
  readonly registries: readonly string[];
}

/** The cluster that a control plane is of. */
export interface ClusterConnection {
  readonly client: KubeClient;
  readonly source: KubeSource;
  /** Closes the connections, once everything that uses them has stopped. */
  readonly part: Part;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Finds the cluster, without talking to it: `undefined` when there is none to be found. Beside a directory only a cluster counts that is meant
 * for this process, by flag or by running in it: a developer's own kubeconfig is not.
 *
 * @throws Fault `KUBE_CONFIG` when the way to it cannot be made out.
 */
export async function findCluster(flags: ClusterFlags, env: Env): Promise<ClusterConnection | undefined> {
  const { configDir, kubeconfig, clusterID: cluster, namespace: systemNamespace, revision, registries } = flags;
  if (registries.length > 0 && !registries.includes('Kubernetes')) return undefined;
  const isMeant = configDir === undefined || kubeconfig !== undefined || env.KUBERNETES_SERVICE_HOST !== undefined;
  const connection = isMeant ? await findConnection({ kubeconfig, env }) : undefined;
  if (connection === undefined) return undefined;
  const client = new KubeClient(connection, { userAgent: `pilothouse/${revision}` });
  log.info({ event: 'kube.found', server: client.server, cluster }, `objects come from ${client.server}`);
  return {
    client,
    source: new KubeSource({ client, cluster, systemNamespace, revision }),
    part: { name: 'cluster', start: async () => {}, stop: async () => client.close() },
  };
}
