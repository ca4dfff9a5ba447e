import { decodeMessage } from '../../gen/codec.ts';
import type {
  envoy_config_listener_v3_FilterChain as FilterChain,
  envoy_config_listener_v3_Listener as Listener,
} from '../../gen/messages.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import type { CompiledResource } from '../resource.ts';
import { changeManager, type ChainPatches, isMerge, listMergeOf, patchChain } from './chain.ts';
import { mapList } from './edit-list.ts';
import { patchListenerFilters } from './filters.ts';
import { matchesListener } from './listener-match.ts';
import { mergeMessage } from '../../gen/merge.ts';
import { type PatchedResource, PatchRun, valueOf } from './patch-run.ts';
import { patchRouteConfiguration } from './route.ts';

const LISTENER = 'envoy.config.listener.v3.Listener';
const LISTENER_FILTER = 'envoy.config.listener.v3.ListenerFilter';
const CHAIN = 'envoy.config.listener.v3.FilterChain';

/**
 * Applies patches to a compiled listener, in Istio's order whatever their order is: to itself, to its listener filters, to each chain and what is in it,
 * and last the chains that are added.
 *
 * @param routes patches of the route configurations that stand in its connection managers; they come first.
 * @see istio pilot/pkg/networking/core/envoyfilter/listener_patch.go `patchListener`
 */
export function patchListener(
  resource: CompiledResource,
  patches: readonly EnvoyPatch[],
  routes: readonly EnvoyPatch[],
): PatchedResource {
  const run = new PatchRun();
  const listener = patchRoutes(decodeMessage(LISTENER, resource.bytes), routes, run);
  return run.finish(resource, LISTENER, patchMessage(listener, patches, run));
}

function patchMessage(listener: Listener, patches: readonly EnvoyPatch[], run: PatchRun): Listener | undefined {
  let patched = listener;
  for (const patch of patches.filter(({ target }) => target === 'LISTENER')) {
    if (!matchesListener(patch, patched)) continue;
    if (patch.operation === 'REMOVE') {
      run.hit(patch);
      return undefined;
    }
    const before = patched;
    if (isMerge(patch)) {
      patched = run.change(patch, before, () =>
        mergeMessage(LISTENER, before, valueOf(LISTENER, patch), listMergeOf(patch)),
      );
    }
  }
  const rest = patches.filter((patch) => matchesListener(patch, patched));
  return patchChains(patchOwnFilters(patched, rest, run), rest, run);
}

function patchOwnFilters(listener: Listener, patches: readonly EnvoyPatch[], run: PatchRun): Listener {
  const forFilters = patches
    .filter(({ target }) => target === 'LISTENER_FILTER')
    .map((patch) => ({ patch, value: valueOf(LISTENER_FILTER, patch), name: patch.listener?.listenerFilter }));
  const before = listener.listener_filters ?? [];
  const after = patchListenerFilters(before, forFilters, run);
  return after === before ? listener : { ...listener, listener_filters: after };
}

function patchChains(listener: Listener, patches: readonly EnvoyPatch[], run: PatchRun): Listener {
  const inside: ChainPatches = {
    chain: patches.filter(({ target }) => target === 'FILTER_CHAIN'),
    network: patches.filter(({ target }) => target === 'NETWORK_FILTER'),
    http: patches.filter(({ target }) => target === 'HTTP_FILTER'),
  };
  const { filter_chains: chains = [], default_filter_chain: fallthrough, ...rest } = listener;
  const patched = chains.flatMap((chain) =>
    hasFilters(chain) ? (patchChain(listener, chain, inside, run) ?? []) : [],
  );
  const last = fallthrough && hasFilters(fallthrough) ? patchChain(listener, fallthrough, inside, run) : fallthrough;
  const added = inside.chain
    .filter(({ operation }) => operation === 'ADD')
    .map((patch) => ({ patch, chain: valueOf(CHAIN, patch) }))
    .filter(({ chain }) => hasFilters(chain));
  for (const { patch } of added) run.hit(patch);
  return {
    ...rest,
    filter_chains: [...patched, ...added.map(({ chain }) => chain)],
    ...(last && { default_filter_chain: last }),
  };
}

/** A chain without filters is one that somebody removed. */
function hasFilters({ filters = [] }: FilterChain): boolean {
  return filters.length > 0;
}

/** Where routes do not come by RDS, as on the inbound side, they stand in the connection manager. */
function patchRoutes(listener: Listener, patches: readonly EnvoyPatch[], run: PatchRun): Listener {
  if (patches.length === 0) return listener;
  const { filter_chains: before = [] } = listener;
  const after = mapList(before, (chain) => {
    const filters = chain.filters ?? [];
    const changed = mapList(filters, (filter) =>
      changeManager(filter, (manager) => {
        const { route_config: routes } = manager;
        const patched = routes && patchRouteConfiguration(routes, patches, run);
        return patched === routes || patched === undefined ? manager : { ...manager, route_config: patched };
      }),
    );
    return changed === filters ? chain : { ...chain, filters: changed };
  });
  return after === before ? listener : { ...listener, filter_chains: after };
}
