import type { CompileNote } from '../../compile/note.ts';
import type { EnvoyFilter, EnvoyPatch } from '../../model/envoy-filter.ts';
import type { Fate } from '../../model/issue.ts';
import { keyOf } from '../../model/object.ts';
import type { Compiled } from './layer.ts';

/** What became of one patch, over all proxies that it is for. */
export interface PatchStatus {
  readonly patch: EnvoyPatch;
  /** `failed` when it could not change something that it matches, whatever else it changed; `unmatched` when it matches nothing. */
  readonly result: 'applied' | 'failed' | 'unmatched';
}

/**
 * What became of every patch that some proxy was given. Layers may be those of an earlier snapshot; what they tell of EnvoyFilters that are
 * not there any more counts for nothing.
 */
export function listPatchStatus(filters: readonly EnvoyFilter[], layers: readonly Compiled[]): readonly PatchStatus[] {
  if (filters.length === 0) return [];
  const selected = new Set(layers.flatMap((layer) => layer.selected ?? []));
  const applied = new Set(layers.flatMap((layer) => layer.applied ?? []));
  const failed = new Set(layers.flatMap((layer) => layer.failed ?? []));
  return filters
    .flatMap(({ patches }) => patches)
    .filter((patch) => selected.has(patch))
    .map((patch) => ({ patch, result: failed.has(patch) ? 'failed' : applied.has(patch) ? 'applied' : 'unmatched' }));
}

/** A note for each patch that changed nothing anywhere. Those of the bootstrap never do, which reading them has told already. */
export function listUnmatched(filters: readonly EnvoyFilter[], status: readonly PatchStatus[]): readonly CompileNote[] {
  const unmatched = status.filter(({ patch, result }) => result === 'unmatched' && patch.target !== 'BOOTSTRAP');
  if (unmatched.length === 0) return [];
  const sizes = new Map(filters.map(({ meta, patches }) => [keyOf(meta), patches.length]));
  const counts = Map.groupBy(unmatched, ({ patch }) => patch.filter);
  return unmatched.map(({ patch: { filter, index, target } }) => {
    const isAll = counts.get(filter)?.length === sizes.get(filter);
    const message = `spec.configPatches[${index}] changes nothing: no ${target} of the proxies it is for matches it`;
    return { object: filter, code: 'ENVOY_FILTER_NO_MATCH', message, fate: toFate(isAll, message) };
  });
}

function toFate(isAll: boolean, message: string): Fate {
  return isAll
    ? { kind: 'ignored', because: 'none of its patches changes anything' }
    : { kind: 'partly-applied', because: message };
}
