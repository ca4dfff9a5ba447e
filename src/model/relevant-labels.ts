import type { DestinationRule } from './destination-rule.ts';
import type { MeshConfig } from './mesh-config.ts';
import type { Labels } from './object.ts';
import { createPieceReader } from './pieces.ts';
import type { TrafficPolicy } from './traffic-policy.ts';
import type { VirtualService } from './virtual-service.ts';

/**
 * The label keys of a proxy that any rule of the mesh asks for. Proxies that agree on these are served the same outbound configuration,
 * however their other labels differ.
 */
export function listRelevantLabels(
  virtualServices: readonly VirtualService[],
  destinationRules: readonly DestinationRule[],
  mesh: MeshConfig,
): ReadonlySet<string> {
  return new Set([
    ...readSourceLabels(virtualServices).flat(),
    ...readRuleLabels(destinationRules).flat(),
    ...listPriorities(mesh.localityLbSetting, mesh.zoneAwareLbSetting).map(labelOf),
  ]);
}

/** `labels` reduced to `keys`, in sorted order. */
export function reduceLabels(labels: Labels, keys: ReadonlySet<string>): Labels {
  const kept = Object.entries(labels).filter(([key]) => keys.has(key));
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const readSourceLabels = createPieceReader((piece: readonly VirtualService[]) =>
  distinct(piece.flatMap(findSourceLabels)),
);

const readRuleLabels = createPieceReader((piece: readonly DestinationRule[]) =>
  distinct(piece.flatMap((rule) => [...Object.keys(rule.workloadSelector ?? {}), ...listFailoverLabels(rule)])),
);

function distinct(labels: readonly string[]): readonly string[] {
  return [...new Set(labels)];
}

function findSourceLabels(vs: VirtualService): readonly string[] {
  const matches = [...vs.http, ...vs.tls, ...vs.tcp].flatMap((rule) => [...rule.matches]);
  return matches.flatMap((match) => Object.keys(match.sourceLabels));
}

function listFailoverLabels(rule: DestinationRule): readonly string[] {
  const policies = [rule.trafficPolicy, ...rule.subsets.map((s) => s.trafficPolicy)];
  return policies.flatMap((policy) => (policy ? listPolicyLabels(policy) : [])).map(labelOf);
}

function listPolicyLabels(policy: TrafficPolicy): readonly string[] {
  const balancers = [policy.loadBalancer, ...[...policy.portLevel.values()].map((port) => port.loadBalancer)];
  return balancers.flatMap((lb) => listPriorities(lb?.locality, lb?.zoneAware));
}

function listPriorities(
  ...settings: readonly ({ readonly failoverPriority: readonly string[] } | undefined)[]
): readonly string[] {
  return settings.flatMap((setting) => setting?.failoverPriority ?? []);
}

/** `label` or `label=value`. */
function labelOf(priority: string): string {
  return priority.split('=')[0] ?? priority;
}
