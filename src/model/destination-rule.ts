import type { Labels, Meta } from './object.ts';
import type { Subset, TrafficPolicy } from './traffic-policy.ts';
import type { Visibility } from './visibility.ts';

/** One DestinationRule. `host` is fully qualified; subset names are unique. */
export interface DestinationRule {
  readonly meta: Meta;
  readonly host: string;
  readonly trafficPolicy?: TrafficPolicy;
  readonly subsets: readonly Subset[];
  /** As written; empty means the mesh default. Merging compares the lists, not their meaning. */
  readonly exportTo: readonly string[];
  readonly visibility: Visibility;
  /** Present: applies only to client workloads with these labels, in its own namespace. */
  readonly workloadSelector?: Labels;
}
