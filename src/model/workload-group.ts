import type { Labels, Meta } from './object.ts';
import type { WorkloadSpec } from './workload-entry.ts';

/**
 * One WorkloadGroup: what the WorkloadEntries of workloads that join by themselves are made of. A template only; it brings nobody into the mesh.
 * @see istio networking/v1alpha3/workload_group.proto
 */
export interface WorkloadGroup {
  readonly meta: Meta;
  /** What a WorkloadEntry made of it says of the workload; its service account is `default` when none is written. */
  readonly template: WorkloadSpec;
  /** Labels and annotations that such a WorkloadEntry gets. */
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** How the workload's agent finds out whether it is ready; as written, for the agent. */
  readonly probe?: Readonly<Record<string, unknown>>;
}
