import type { Static } from 'typebox';
import type { LocalityLbSetting, ZoneAwareLbSetting } from '../../model/traffic-policy.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { flag, listOf, mapOf, object, text, whole } from '../schema/fields.ts';

const FAILOVER = object('Where traffic of a region goes when the region fails.', {
  required: {},
  optional: { from: text('Region that fails.'), to: text('Region that takes over.') },
});

const DISTRIBUTE = object('How traffic of a locality is spread.', {
  required: {},
  optional: {
    from: text('Locality of the client: `region/zone/subzone`, the end of which may be `*`.'),
    to: mapOf(
      'Percent of the traffic by locality; they add up to 100.',
      whole('Percent.', { minimum: 1, maximum: 100 }),
    ),
  },
});

const FAILOVER_PRIORITY = listOf(
  'Labels by which workloads are preferred that agree with the client; `key` or `key=value`, most important first.',
  text('Label.'),
);

/** Spreads traffic by where client and workloads are. */
export const LOCALITY_LB = object('Spreads traffic by where client and workloads are.', {
  required: {},
  optional: {
    distribute: listOf('Fixed shares by locality.', DISTRIBUTE),
    failover: listOf('Which region takes over from which.', FAILOVER),
    failoverPriority: FAILOVER_PRIORITY,
    enabled: flag('Whether locality plays a part at all.', { absent: 'true' }),
  },
});

/** Keeps traffic in the zone of the client as far as its share of workloads goes. */
export const ZONE_AWARE_LB = object("Keeps traffic in the client's zone as far as its share of workloads goes.", {
  required: {},
  optional: {
    enabled: flag('Whether zones play a part at all.', { absent: 'true' }),
    failover: listOf('Which region takes over from which.', FAILOVER),
    failoverPriority: FAILOVER_PRIORITY,
    minClusterSize: whole('Fewer workloads than this are not divided by zone.', { minimum: 1, absent: '6' }),
  },
});

export type WrittenLocalityLb = Static<typeof LOCALITY_LB>;
export type WrittenZoneAwareLb = Static<typeof ZONE_AWARE_LB>;
type WrittenFailover = Static<typeof FAILOVER>;

/** Labels that say where a workload is; regions fail over by themselves, so these and `failover` contradict each other. */
const TOPOLOGY_LABELS: ReadonlySet<string> = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
]);

/** @param detectsOutliers Failover needs to know which workloads fail. */
export function checkLocalityLb(
  written: WrittenLocalityLb,
  at: Pointer,
  report: IssueReport,
  detectsOutliers: boolean,
): void {
  const { distribute = [], failover = [], failoverPriority = [] } = written;
  if (distribute.length > 0 && failover.length > 0) {
    report.add('LOCALITY_INVALID', at, `${at} may have either distribute or failover, not both`);
  }
  if (failover.length > 0 && failoverPriority.some(isTopologyLabel)) {
    report.add(
      'LOCALITY_INVALID',
      at.to('failoverPriority'),
      `${at} may not have both failover and labels of topology in failoverPriority`,
    );
  }
  checkDistribution(distribute, at.to('distribute'), report);
  checkFailover(failover, at.to('failover'), report);
  checkOutliers(written, at, report, detectsOutliers);
}

type WithFailover = Pick<WrittenLocalityLb, 'failover' | 'failoverPriority'>;

function checkOutliers(
  { failover = [], failoverPriority = [] }: WithFailover,
  at: Pointer,
  report: IssueReport,
  detectsOutliers: boolean,
): void {
  if ((failover.length > 0 || failoverPriority.length > 0) && !detectsOutliers) {
    report.add(
      'FAILOVER_WITHOUT_OUTLIERS',
      at,
      `${at} has no effect without outlierDetection: nothing else says that workloads fail`,
    );
  }
}

/** @param detectsOutliers Failover needs to know which workloads fail. */
export function checkZoneAwareLb(
  written: WrittenZoneAwareLb,
  at: Pointer,
  report: IssueReport,
  detectsOutliers: boolean,
): void {
  const { failover = [], failoverPriority = [] } = written;
  checkOutliers(written, at, report, detectsOutliers);
  checkFailover(failover, at.to('failover'), report);
  for (const [index, label] of failoverPriority.entries()) {
    if (!isTopologyLabel(label)) continue;
    report.add(
      'LOCALITY_INVALID',
      at.to('failoverPriority').to(index),
      `"${label}" is a label of topology, which zone-aware balancing already weighs`,
    );
  }
}

function isTopologyLabel(entry: string): boolean {
  return TOPOLOGY_LABELS.has(entry);
}

function checkDistribution(distribute: readonly Static<typeof DISTRIBUTE>[], at: Pointer, report: IssueReport): void {
  const sources: string[] = [];
  for (const [index, { from = '', to = {} }] of distribute.entries()) {
    const place = at.to(index);
    const sum = Object.values(to).reduce((total, weight) => total + weight, 0);
    if (sum !== 100)
      report.add('LOCALITY_INVALID', place.to('to'), `the shares of ${place} add up to ${sum}, expected 100`);
    checkPatterns([from], place.to('from'), report);
    checkPatterns(Object.keys(to), place.to('to'), report);
    checkOverlaps(Object.keys(to), place.to('to'), report);
    sources.push(from);
  }
  checkOverlaps(sources, at, report);
}

/** `region`, `region/zone` or `region/zone/subzone`, the last of which may be `*`. */
function checkPatterns(patterns: readonly string[], at: Pointer, report: IssueReport): void {
  for (const pattern of patterns) {
    const parts = pattern.split('/');
    const isRight =
      parts.length <= 3 &&
      parts.every((part, index) => (part === '*' ? index === parts.length - 1 : part !== '' && !part.includes('*')));
    if (!isRight)
      report.add(
        'LOCALITY_INVALID',
        at,
        `"${pattern}" is no locality, expected region, region/zone or region/zone/subzone, of which the last may be "*"`,
      );
  }
}

function checkOverlaps(patterns: readonly string[], at: Pointer, report: IssueReport): void {
  for (const [index, pattern] of patterns.entries()) {
    const other = patterns
      .slice(0, index)
      .find((earlier) => isCovered(pattern, earlier) || isCovered(earlier, pattern));
    if (other !== undefined) report.add('LOCALITY_INVALID', at, `localities "${other}" and "${pattern}" overlap`);
  }
}

/** Whether `outer` takes in all of `inner`: it is a beginning of it, part by part. */
function isCovered(inner: string, outer: string): boolean {
  const parts = inner.split('/');
  return outer.split('/').every((part, index) => part === '*' || part === parts[index]);
}

function checkFailover(failover: readonly WrittenFailover[], at: Pointer, report: IssueReport): void {
  for (const [index, { from = '', to = '' }] of failover.entries()) {
    const place = at.to(index);
    if (from === to) report.add('LOCALITY_INVALID', place, `${place} fails over from "${from}" to itself`);
    for (const region of [from, to]) {
      if (/[*/]/.test(region))
        report.add('LOCALITY_INVALID', place, `"${region}" is no region, expected one without "/" and "*"`);
    }
  }
}

export function parseLocalityLb({
  enabled = true,
  distribute = [],
  failover = [],
  failoverPriority = [],
}: WrittenLocalityLb): LocalityLbSetting {
  return {
    enabled,
    distribute: distribute.map(({ from = '', to = {} }) => ({ from, to })),
    failover: parseFailover(failover),
    failoverPriority,
  };
}

export function parseZoneAwareLb({
  enabled = true,
  failover = [],
  failoverPriority = [],
  minClusterSize,
}: WrittenZoneAwareLb): ZoneAwareLbSetting {
  return { enabled, failover: parseFailover(failover), failoverPriority, ...present({ minClusterSize }) };
}

function parseFailover(failover: readonly WrittenFailover[]): LocalityLbSetting['failover'] {
  return failover.map(({ from = '', to = '' }) => ({ from, to }));
}
