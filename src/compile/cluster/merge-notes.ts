import type { DestinationRule } from '../../model/destination-rule.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { Fate } from '../../model/issue.ts';
import { keyOf } from '../../model/object.ts';
import type { CompileNote } from '../note.ts';

type Rules = readonly [DestinationRule, ...DestinationRule[]];

/** What of a rule yields to older ones: how to say it, to whom, and whether nothing is left. */
interface Loss {
  readonly parts: readonly string[];
  readonly by: DestinationRule;
  readonly isWhole: boolean;
}

/** What the owners of rules that were merged into one should hear of what does not count, or not where they meant it to. */
export function listMergeNotes({ sources }: EffectiveRule): readonly CompileNote[] {
  return sources.slice(1).flatMap((rule, at) => {
    const loss = findLoss(rule, [sources[0], ...sources.slice(1, at + 1)]);
    return loss.parts.length > 0 ? [toNote(rule, loss)] : [];
  });
}

function findLoss(rule: DestinationRule, older: Rules): Loss {
  const [first] = older;
  const policy = rule.trafficPolicy && older.find(({ trafficPolicy }) => trafficPolicy);
  const taken = rule.subsets.filter(({ name }) =>
    older.some(({ subsets }) => subsets.some((one) => one.name === name)),
  );
  const names = taken.map(({ name }) => name).join(', ');
  const parts = [
    ...(policy ? [`its trafficPolicy is not used, because ${keyOf(policy.meta)} has one`] : []),
    ...(taken.length > 0 ? [`the subsets ${names} are those of older rules`] : []),
    ...listLostClients(rule, first),
  ];
  const isPolicyLost = policy !== undefined || rule.trafficPolicy === undefined;
  const isWhole = isPolicyLost && taken.length === rule.subsets.length && (policy ?? taken[0]) !== undefined;
  return { parts, by: policy ?? first, isWhole };
}

/** Merged rules are for the clients of the first one only. */
function listLostClients(rule: DestinationRule, first: DestinationRule): readonly string[] {
  const key = keyOf(first.meta);
  if (first.workloadSelector && !rule.workloadSelector && isPrivate(rule)) {
    return [`it counts only for the workloads that ${key} selects, because it is merged into that`];
  }
  const lost = rule.exportTo.filter((namespace) => !first.exportTo.includes(namespace));
  const isNarrowed = !first.workloadSelector && first.exportTo.length > 0 && lost.length > 0;
  return isNarrowed
    ? [`it does not count in ${lost.join(', ')}, because it is merged into ${key}, which is not exported there`]
    : [];
}

/** Exported as far as a rule for chosen workloads is, so that it is a part of that and nothing else. */
function isPrivate({ exportTo }: DestinationRule): boolean {
  return exportTo.length === 1 && exportTo[0] === '.';
}

function toNote(rule: DestinationRule, { parts, by, isWhole }: Loss): CompileNote {
  const because = `older rules for ${rule.host} go first: ${parts.join('; ')}`;
  const fate: Fate = isWhole ? { kind: 'shadowed', by: keyOf(by.meta), because } : { kind: 'partly-applied', because };
  return { object: keyOf(rule.meta), code: 'DR_MERGED', message: because, fate };
}
