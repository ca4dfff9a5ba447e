import { KubeClient } from '../../kube/client.ts';
import { parseRemoteKubeconfig } from '../../kube/kubeconfig.ts';
import type { ConfigSource } from '../source.ts';
import { KubeSource } from './kube-source.ts';

/** A cluster that another one's secret names. */
export interface RemoteCluster {
  readonly cluster: string;
  /** Untrusted text. */
  readonly kubeconfig: string;
  /** Namespace of the control plane, in every cluster. */
  readonly systemNamespace: string;
}

/**
 * The services and workloads of a remote cluster.
 *
 * @throws Fault `KUBE_CONFIG` when its kubeconfig cannot be used, or asks for more than it may.
 */
export function createRemoteSource({ cluster, kubeconfig, systemNamespace }: RemoteCluster): ConfigSource {
  const client = new KubeClient(parseRemoteKubeconfig(kubeconfig, `the kubeconfig of cluster ${cluster}`));
  return new KubeSource({ client, cluster, systemNamespace, extent: 'registry', onStop: () => client.close() });
}
