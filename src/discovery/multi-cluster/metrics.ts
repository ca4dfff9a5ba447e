import { counter, gauge } from '../../kit/metrics.ts';

/*
 * Operators' alerts hold these names. Source: Istio pkg/kube/multicluster/secretcontroller.go.
 */

/** Clusters of the mesh. */
export const managedClusters = gauge({
  name: 'istiod_managed_clusters',
  help: 'Clusters that the control plane follows: its own, and those that secrets name.',
  labels: ['cluster_type'],
});

/** Clusters that nobody waited for any longer. */
export const syncTimeouts = counter({
  name: 'remote_cluster_sync_timeouts_total',
  help: 'Times that a remote cluster took so long to tell what it has that the mesh was served without it.',
  labels: ['cluster'],
});
