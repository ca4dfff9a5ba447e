import { packAny, unpackAny } from '../../gen/codec.ts';
import type {
  envoy_config_listener_v3_Filter as Filter,
  envoy_config_listener_v3_FilterChain as FilterChain,
  envoy_config_listener_v3_Listener as Listener,
  envoy_extensions_filters_network_http_connection_manager_v3_HttpConnectionManager as HttpConnectionManager,
} from '../../gen/messages.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import { mapList } from './edit-list.ts';
import { editFilters, mergeFilters } from './filters.ts';
import { matchesChain } from './listener-match.ts';
import type { ListMerge } from '../../gen/merge.ts';
import { type PatchRun, valueOf } from './patch-run.ts';
import { mergeFilterChain } from './transport-socket.ts';

const CHAIN = 'envoy.config.listener.v3.FilterChain';
const FILTER = 'envoy.config.listener.v3.Filter';
const MANAGER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const HTTP_FILTER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter';

/** Name of the filter whose own filters HTTP_FILTER is about. */
const MANAGER_NAME = 'envoy.filters.network.http_connection_manager';

/** Patches of a listener that are for what is in its chains. */
export interface ChainPatches {
  readonly chain: readonly EnvoyPatch[];
  readonly network: readonly EnvoyPatch[];
  readonly http: readonly EnvoyPatch[];
}

/** Whether lists of a patch's value replace those of what it is merged into. */
export function listMergeOf({ operation }: EnvoyPatch): ListMerge {
  return operation === 'MERGE_AND_REPLACE_LIST' ? 'replace' : 'append';
}

/** Whether a patch is merged. */
export function isMerge({ operation }: EnvoyPatch): boolean {
  return operation === 'MERGE' || operation === 'MERGE_AND_REPLACE_LIST';
}

/**
 * Applies patches to a filter chain: to itself, then to its filters, then to the HTTP filters of its connection managers. `undefined` when one
 * removes it.
 */
export function patchChain(
  listener: Listener,
  chain: FilterChain,
  patches: ChainPatches,
  run: PatchRun,
): FilterChain | undefined {
  let patched = chain;
  // What a patch made of the chain decides whether the next one matches it.
  for (const patch of patches.chain) {
    if (!matchesChain(patch, listener, patched)) continue;
    if (patch.operation === 'REMOVE') {
      run.hit(patch);
      return undefined;
    }
    const before = patched;
    if (isMerge(patch)) {
      patched = run.change(patch, before, () => mergeFilterChain(before, valueOf(CHAIN, patch), listMergeOf(patch)));
    }
  }
  return patchFilters(listener, patched, patches, run);
}

function patchFilters(listener: Listener, chain: FilterChain, { network, http }: ChainPatches, run: PatchRun) {
  const inChain = (patch: EnvoyPatch) => matchesChain(patch, listener, chain);
  const forNetwork = network.filter(inChain).map(toNetworkPatch);
  const forHttp = http.filter(inChain);
  if (forNetwork.length + forHttp.length === 0) return chain;
  const before = chain.filters ?? [];
  const edited = mergeFilters(editFilters(before, forNetwork, run), forNetwork, run);
  const filters = mapList(edited, (filter) => patchHttpFilters(filter, forHttp, run));
  return filters === before ? chain : { ...chain, filters };
}

function toNetworkPatch(patch: EnvoyPatch) {
  return { patch, value: valueOf(FILTER, patch), name: patch.listener?.chain?.filter?.name };
}

function patchHttpFilters(filter: Filter, patches: readonly EnvoyPatch[], run: PatchRun): Filter {
  const forFilter = patches.filter(({ listener }) => (listener?.chain?.filter?.name ?? filter.name) === filter.name);
  if (filter.name !== MANAGER_NAME || forFilter.length === 0) return filter;
  return changeManager(filter, (manager) => {
    const before = manager.http_filters ?? [];
    const named = forFilter.map((patch) => ({
      patch,
      value: valueOf(HTTP_FILTER, patch),
      name: patch.listener?.chain?.filter?.subFilter,
    }));
    const after = mergeFilters(editFilters(before, named, run), named, run);
    return after === before ? manager : { ...manager, http_filters: after };
  });
}

/** The filter with its connection manager as `change` gives it back; the identical one when that does, or when it is none. */
export function changeManager(
  filter: Filter,
  change: (manager: HttpConnectionManager) => HttpConnectionManager,
): Filter {
  const manager = filter.typed_config && unpackAny(MANAGER, filter.typed_config);
  if (manager === undefined) return filter;
  const changed = change(manager);
  return changed === manager ? filter : { ...filter, typed_config: packAny(MANAGER, changed) };
}
