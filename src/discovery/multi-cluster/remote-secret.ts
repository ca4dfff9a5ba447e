import type { Secret } from '../../model/kubernetes.ts';

/** By this label a secret of the control plane's namespace names clusters that belong to the mesh. */
export const MULTI_CLUSTER_LABEL = 'istio/multiCluster';

/** A cluster that a secret names. */
export interface NamedCluster {
  readonly id: string;
  /** Untrusted text. */
  readonly kubeconfig: string;
}

/** The clusters that a secret names, each by the key of its kubeconfig; none, when it is no such secret. */
export function listNamedClusters({ meta, data }: Secret, systemNamespace: string): readonly NamedCluster[] {
  if (meta.namespace !== systemNamespace || meta.labels[MULTI_CLUSTER_LABEL] !== 'true') return [];
  return Object.entries(data)
    .map(([id, kubeconfig]) => ({ id, kubeconfig }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}
