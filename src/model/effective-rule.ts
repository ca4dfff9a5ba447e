import type { DestinationRule } from './destination-rule.ts';
import type { Subset, TrafficPolicy } from './traffic-policy.ts';

/**
 * What is left of one or several DestinationRules of the same host once they are merged: the rule that applies.
 * `sources` names them all; the first is the one that Istio shows in metadata.
 * @see istio pilot/pkg/model/destination_rule.go `ConsolidatedDestRule`
 */
export interface EffectiveRule {
  readonly sources: readonly [DestinationRule, ...DestinationRule[]];
  readonly host: string;
  readonly trafficPolicy?: TrafficPolicy;
  readonly subsets: readonly Subset[];
}
