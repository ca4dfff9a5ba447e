import type { Labels } from '../../model/object.ts';
import type { Locality } from '../../model/proxy.ts';
import type { LocalityLbSetting, ZoneAwareLbSetting } from '../../model/traffic-policy.ts';
import { findLabelPriority, parseFailoverLabel } from './failover-priority.ts';
import { type LocalityGroup, parseLocality, sumWeights } from './locality-group.ts';
import type { LocalityLb } from './locality-setting.ts';
import type { Perspective } from './perspective.ts';

const NOWHERE: Locality = { region: '', zone: '', subzone: '' };

/**
 * Gives groups the weights or the priorities that they have for a client.
 *
 * Fixed shares (`distribute`) exclude priorities. Those need outlier detection, for Envoy leaves a priority only when its hosts are found to be
 * unhealthy; settings that are forced trust that unhealthy endpoints are known.
 * @see istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go `ApplyLocalityLoadBalancer`
 */
export function balanceLocalities(
  groups: readonly LocalityGroup[],
  setting: LocalityLb,
  perspective: Perspective,
  hasOutlierDetection: boolean,
): readonly LocalityGroup[] {
  return setting.kind === 'zone-aware'
    ? balanceZones(groups, setting.setting, perspective)
    : balanceByLocality(groups, setting, perspective, hasOutlierDetection);
}

function balanceByLocality(
  groups: readonly LocalityGroup[],
  { setting, forced }: LocalityLb & { readonly kind: 'locality' },
  { locality = NOWHERE, labels = {} }: Perspective,
  hasOutlierDetection: boolean,
): readonly LocalityGroup[] {
  const { distribute, failover, failoverPriority } = setting;
  if (distribute.length > 0) return distributeWeights(groups, distribute, locality);
  if (!forced && !hasOutlierDetection) return groups;
  const byLabels = failoverPriority.length === 0 ? groups : prioritizeByLabels(groups, failoverPriority, labels);
  const isByLocality = failoverPriority.length === 0 || failover.length > 0;
  return isByLocality ? prioritizeByLocality(byLabels, failover, locality) : byLabels;
}

/**
 * Keeps the client's region in one priority, in which Envoy itself prefers the client's zone; other regions come behind it.
 * @see istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go `ApplyZoneAwareLoadBalancer`
 */
function balanceZones(
  groups: readonly LocalityGroup[],
  { enabled, failover, failoverPriority }: ZoneAwareLbSetting,
  { locality = NOWHERE, labels = {} }: Perspective,
): readonly LocalityGroup[] {
  if (!enabled) return groups;
  const byLabels = failoverPriority.length === 0 ? groups : prioritizeByLabels(groups, failoverPriority, labels);
  const target = failover.find(({ from }) => from === locality.region)?.to;
  return addPriorities(byLabels, REGION_PRIORITIES, ({ region }) =>
    region === locality.region ? 0 : region === target ? 1 : 2,
  );
}

/** Own region, the one to fail over to, the rest: 0 to 2. */
const REGION_PRIORITIES = 3;

/** The localities that a `to` pattern matches share its weight by their own; what no pattern matches gets no traffic. */
function distributeWeights(
  groups: readonly LocalityGroup[],
  distribute: LocalityLbSetting['distribute'],
  client: Locality,
): readonly LocalityGroup[] {
  const shares = distribute.find(({ from }) => isLocalityMatch(client, from));
  if (shares === undefined) return groups;
  const left = new Set(groups);
  const weights = new Map<LocalityGroup, number>();
  for (const [pattern, share] of Object.entries(shares.to)) {
    const matched = [...left].filter((group) => isLocalityMatch(group.locality, pattern));
    const total = matched.reduce((sum, group) => sum + group.weight, 0);
    for (const group of matched) {
      left.delete(group);
      weights.set(group, Math.ceil((group.weight * share) / total));
    }
  }
  return groups.map((group) =>
    left.has(group) ? { ...group, members: [] } : { ...group, weight: weights.get(group) ?? group.weight },
  );
}

/** Whether a locality is one that `pattern` names; `*` or nothing in a part matches anything there. */
function isLocalityMatch(locality: Locality, pattern: string): boolean {
  const { region, zone, subzone } = parseLocality(pattern);
  return (
    (region === '*' || region === locality.region) &&
    (zone === '*' || zone === '' || zone === locality.zone) &&
    (subzone === '*' || subzone === '' || subzone === locality.subzone)
  );
}

/** The endpoints of one locality may be near and far by labels: they are split by priority. */
function prioritizeByLabels(
  groups: readonly LocalityGroup[],
  failoverPriority: readonly string[],
  client: Labels,
): readonly LocalityGroup[] {
  const labels = failoverPriority.map(parseFailoverLabel);
  const split = groups.flatMap((group) => {
    const byPriority = Map.groupBy(group.members, ({ endpoint }) => findLabelPriority(labels, client, endpoint));
    return [...byPriority]
      .sort(([a], [b]) => a - b)
      .map(([priority, members]) => ({ ...group, members, weight: sumWeights(members), priority }));
  });
  return compactPriorities(split);
}

/** Own subzone, zone, region, the region to fail over to, the rest: 0 to 4. */
const LOCALITY_PRIORITIES = 5;

function prioritizeByLocality(
  groups: readonly LocalityGroup[],
  failover: LocalityLbSetting['failover'],
  client: Locality,
): readonly LocalityGroup[] {
  const target = failover.find(({ from }) => from === client.region)?.to;
  return addPriorities(groups, LOCALITY_PRIORITIES, (locality) => findLocalityPriority(client, locality, target));
}

/** On top of priorities that are there already: these, `count` of them, order endpoints that labels hold equal. */
function addPriorities(
  groups: readonly LocalityGroup[],
  count: number,
  priorityOf: (locality: Locality) => number,
): readonly LocalityGroup[] {
  return compactPriorities(
    groups.map((group) => ({ ...group, priority: group.priority * count + priorityOf(group.locality) })),
  );
}

function findLocalityPriority(client: Locality, locality: Locality, target: string | undefined): number {
  if (client.region !== locality.region) return target === undefined || target === locality.region ? 3 : 4;
  if (client.zone !== locality.zone) return 2;
  return client.subzone === locality.subzone ? 0 : 1;
}

/** Envoy demands priorities without gaps. */
function compactPriorities(groups: readonly LocalityGroup[]): readonly LocalityGroup[] {
  const ranks = [...new Set(groups.map((group) => group.priority))].sort((a, b) => a - b);
  return groups.map((group) => ({ ...group, priority: ranks.indexOf(group.priority) }));
}
