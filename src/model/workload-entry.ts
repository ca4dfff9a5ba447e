import type { Labels, Meta } from './object.ts';

/** Where a workload outside of Kubernetes is: an endpoint of a ServiceEntry, or a WorkloadEntry. */
export interface WorkloadSpec {
  /** IP, hostname, or `unix://path`; empty when only its network's gateway knows it. */
  readonly address: string;
  /** Ports by *service* port name. */
  readonly ports: Readonly<Record<string, number>>;
  readonly labels: Labels;
  readonly network: string;
  /** `region/zone/subzone`, or empty. */
  readonly locality: string;
  /** At least 1. */
  readonly weight: number;
  readonly serviceAccount: string;
}

/**
 * One WorkloadEntry. `labels` has the object's own labels merged over the specification's.
 * @see istio networking/v1alpha3/workload_entry.proto
 */
export interface WorkloadEntry extends WorkloadSpec {
  readonly meta: Meta;
  /** The condition `Healthy`; absent when nobody reported it. */
  readonly healthy?: boolean;
}
