import type { KindName } from '../config/parsed-object.ts';

/**
 * The kinds that count in a cluster other than that of the configuration: what makes services, endpoints and workloads. The mesh's rules
 * come from one place.
 * @see istio pilot/pkg/serviceregistry/kube/controller/multicluster.go `ClusterAdded`
 */
export const REMOTE_KINDS = [
  'Namespace',
  'Node',
  'Service',
  'EndpointSlice',
  'Pod',
  'WorkloadEntry',
] as const satisfies readonly KindName[];
