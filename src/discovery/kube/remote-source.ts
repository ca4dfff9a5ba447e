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

/** The API servers of remote clusters, as long as their clusters are followed. */
export class RemoteApiServers {
  readonly #clients = new Map<string, KubeClient>();

  /** The present one of a cluster. */
  find(cluster: string): KubeClient | undefined {
    return this.#clients.get(cluster);
  }

  /**
   * The services and workloads of a remote cluster.
   *
   * @throws Fault `KUBE_CONFIG` when its kubeconfig cannot be used, or asks for more than it may.
   */
  createSource({ cluster, kubeconfig, systemNamespace }: RemoteCluster): ConfigSource {
    const client = new KubeClient(parseRemoteKubeconfig(kubeconfig, `the kubeconfig of cluster ${cluster}`));
    this.#clients.set(cluster, client);
    const onStop = () => {
      // Another kubeconfig may have taken its place.
      if (this.#clients.get(cluster) === client) this.#clients.delete(cluster);
      client.close();
    };
    return new KubeSource({ client, cluster, systemNamespace, extent: 'registry', onStop });
  }
}
