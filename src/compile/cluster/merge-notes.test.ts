import { expect, it } from 'vitest';
import { destinationRule } from '../../../test/support/model.ts';
import type { DestinationRule } from '../../model/destination-rule.ts';
import { listMergeNotes } from './merge-notes.ts';

const HOST = 'reviews.shop.svc.cluster.local';
const rule = (name: string, rest: Partial<DestinationRule>) => destinationRule('shop', name, { host: HOST, ...rest });
const subsets = (...names: readonly string[]) => ({ subsets: names.map((name) => ({ name, labels: {} })) });
const policy = { trafficPolicy: { portLevel: new Map() } };

/** What the second of two rules is told. */
function toldOf(first: Partial<DestinationRule>, second: Partial<DestinationRule>): unknown {
  const sources = [rule('a', first), rule('b', second)] as const;
  return listMergeNotes({ sources, host: HOST, subsets: [] }).map(({ object, code, message, fate }) => ({
    object,
    code,
    message: message.replace(`older rules for ${HOST} go first: `, ''),
    fate: fate?.kind,
  }));
}

it.each([
  { when: 'both have parts of their own', first: subsets('v1'), second: subsets('v2'), told: [] },
  { when: 'only the newer one has a policy', first: subsets('v1'), second: { ...policy }, told: [] },
  {
    when: 'both have a policy',
    first: policy,
    second: { ...policy, ...subsets('v2') },
    told: [['its trafficPolicy is not used, because DestinationRule/shop/a has one', 'partly-applied']],
  },
  {
    when: 'nothing of the newer one is left',
    first: { ...policy, ...subsets('v1') },
    second: { ...policy, ...subsets('v1') },
    told: [
      [
        'its trafficPolicy is not used, because DestinationRule/shop/a has one; the subsets v1 are those of older rules',
        'shadowed',
      ],
    ],
  },
  {
    when: 'the newer one has only subsets of the older one',
    first: subsets('v1', 'v2'),
    second: subsets('v2', 'v1'),
    told: [['the subsets v2, v1 are those of older rules', 'shadowed']],
  },
  {
    when: 'the newer one is exported further',
    first: { exportTo: ['x'] },
    second: { exportTo: ['x', 'y'], ...policy },
    told: [
      [
        'it does not count in y, because it is merged into DestinationRule/shop/a, which is not exported there',
        'partly-applied',
      ],
    ],
  },
  {
    when: 'the older one is for chosen workloads',
    first: { workloadSelector: { app: 'web' } },
    second: { exportTo: ['.'], ...policy },
    told: [
      [
        'it counts only for the workloads that DestinationRule/shop/a selects, because it is merged into that',
        'partly-applied',
      ],
    ],
  },
])('when $when', ({ first, second, told }) => {
  expect(toldOf(first, second)).toEqual(
    told.map(([message, fate]) => ({ object: 'DestinationRule/shop/b', code: 'DR_MERGED', message, fate })),
  );
});
