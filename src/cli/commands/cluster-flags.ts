import { KubeClient } from '../../kube/client.ts';
import { loadConnection } from '../../kube/connection.ts';
import { isKubeFault } from '../../kube/fault.ts';
import type { KubeObject } from '../../kube/object.ts';
import { flag } from '../flag.ts';

/** Flags of commands that ask a cluster: istioctl's. */
export const clusterFlags = {
  kubeconfig: flag.string('Kubeconfig of the cluster; absent, $KUBECONFIG or ~/.kube/config.', { letter: 'c' }),
  context: flag.string('Context of the kubeconfig; absent, its current one.'),
  namespace: flag.string('Namespace that is asked about; absent, that of the context.', { letter: 'n' }),
  istioNamespace: flag.string('Namespace of the control plane.', { letter: 'i', default: 'istio-system' }),
} as const;

/** Which cluster is asked. */
export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

/** A client, and the namespace that is meant where none is named. */
export interface OpenCluster {
  readonly client: KubeClient;
  readonly namespace: string;
}

/** Does something with a cluster's API server. @throws Fault `KUBE_CONFIG` where no cluster is named. */
export async function withCluster<T>(
  { kubeconfig, context }: ClusterChoice,
  env: Readonly<Record<string, string | undefined>>,
  use: (cluster: OpenCluster) => Promise<T>,
): Promise<T> {
  const connection = await loadConnection({ kubeconfig, context, env });
  const client = new KubeClient(connection);
  try {
    return await use({ client, namespace: connection.namespace });
  } finally {
    client.close();
  }
}

/** All objects of a collection; none where there is no such kind. */
export async function listAll(
  client: KubeClient,
  path: string,
  labelSelector?: string,
): Promise<readonly KubeObject[]> {
  const objects: KubeObject[] = [];
  try {
    for await (const page of client.listPages(path, labelSelector === undefined ? {} : { labelSelector }))
      objects.push(...page.items);
  } catch (error) {
    if (!isKubeFault(error, 404)) throw error;
  }
  return objects;
}
