import type {
  envoy_config_listener_v3_ListenerFilter as ListenerFilter,
  google_protobuf_Any as Any,
} from '../../gen/messages.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import { editList, mapList } from './edit-list.ts';
import { isSameType, mergeAny } from './merge-any.ts';
import type { PatchRun } from './patch-run.ts';

/** What filters of listeners, connections and requests have in common. */
interface Filter {
  readonly name?: string | undefined;
  readonly typed_config?: Any | undefined;
}

/** A patch for filters, and the name of the filter it is about when it gives one. */
export interface FilterPatch<F extends Filter> {
  readonly patch: EnvoyPatch;
  readonly value: F;
  readonly name: string | undefined;
}

/** Adds, inserts, replaces and removes filters, in the order of the patches. */
export function editFilters<F extends Filter>(
  filters: readonly F[],
  patches: readonly FilterPatch<F>[],
  run: PatchRun,
): readonly F[] {
  return patches.reduce((list, { patch, value, name }) => {
    const target = name === undefined ? undefined : (filter: F) => filter.name === name;
    const edited = editList(list, patch, value, target);
    if (edited !== list) run.hit(patch);
    return edited;
  }, filters);
}

/**
 * Merges into each filter that a patch names, settings and, where the patch has another, the name. Lists are joined whatever the patch asks
 * for; a filter whose settings come from elsewhere has nothing to merge into.
 *
 * A patch that names no filter is for all whose settings are of the type that it has. Istio also gives its name to the others, which nobody
 * can want.
 * @see istio pilot/pkg/networking/core/envoyfilter/listener_patch.go `patchNetworkFilter`, `mergeHTTPFilter`
 */
export function mergeFilters<F extends Filter>(
  filters: readonly F[],
  patches: readonly FilterPatch<F>[],
  run: PatchRun,
): readonly F[] {
  const merging = patches.filter(({ patch }) => patch.operation === 'MERGE');
  return mapList(filters, (filter) => merging.reduce((merged, patch) => mergeFilter(merged, patch, run), filter));
}

function mergeFilter<F extends Filter>(filter: F, { patch, value, name }: FilterPatch<F>, run: PatchRun): F {
  const { typed_config: own } = filter;
  if (own === undefined || !isMergedInto(filter.name, own, value, name)) return filter;
  return run.change(patch, filter, () => ({
    ...filter,
    name: value.name || (filter.name ?? ''),
    typed_config: value.typed_config === undefined ? own : mergeAny(own, value.typed_config),
  }));
}

function isMergedInto(name: string | undefined, own: Any, value: Filter, target: string | undefined): boolean {
  if (target !== undefined) return name === target;
  return value.typed_config === undefined || isSameType(own, value.typed_config);
}

/** Applies patches to the filters that see a connection before anything else does. */
export function patchListenerFilters(
  filters: readonly ListenerFilter[],
  patches: readonly FilterPatch<ListenerFilter>[],
  run: PatchRun,
): readonly ListenerFilter[] {
  // One by one: unlike other filters, they are merged in the order of the patches.
  return patches.reduce((list, patch) => {
    const edited = editFilters(list, [patch], run);
    // Unlike other filters, they have to be named.
    return patch.name === undefined ? edited : mergeFilters(edited, [patch], run);
  }, filters);
}
