import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import type { CompileCache } from '../cache.ts';
import { internList } from '../list.ts';
import { matchesCluster, patchCluster } from './cluster.ts';
import type { GatewayRouteIndex } from './gateway-routes.ts';
import { patchListener } from './listener.ts';
import { mayMatchListener } from './listener-match.ts';
import { type Compiled, type Patched, PatchedList } from './patched.ts';
import { patchRoutes } from './route.ts';
import { matchesRouteConfiguration } from './route-match.ts';

/*
 * Each of these passes over resources that are compiled already. What no patch is for stays the identical resource, and what some are for is
 * patched once for all proxies that see it under the same patches.
 */

/** Applies the patches of one side to its clusters, then adds those that patches bring. */
export function patchClusters(compiled: Compiled, patches: readonly EnvoyPatch[], cache: CompileCache): Patched {
  const { added, changing } = split(patches, 'CLUSTER');
  const list = new PatchedList(compiled);
  for (const resource of compiled.resources) {
    const matching = changing.filter((patch) => matchesCluster(patch, resource));
    if (matching.length === 0) list.keep(resource);
    else list.take(cache.call(patchCluster, resource, internList(cache, matching)));
  }
  for (const patch of added) list.add('envoy.config.cluster.v3.Cluster', patch, cache);
  return list.finish();
}

/**
 * Applies the patches of one side to its listeners, then adds those that patches bring.
 *
 * @param routes patches of routes that stand in these listeners; none where routes come by RDS.
 */
export function patchListeners(
  compiled: Compiled,
  patches: readonly EnvoyPatch[],
  routes: readonly EnvoyPatch[],
  cache: CompileCache,
): Patched {
  const { added, changing } = split(patches, 'LISTENER');
  const list = new PatchedList(compiled);
  for (const resource of compiled.resources) {
    const matching = changing.filter((patch) => mayMatchListener(patch, resource.name));
    if (matching.length + routes.length === 0) list.keep(resource);
    else list.take(cache.call(patchListener, resource, internList(cache, matching), routes));
  }
  for (const patch of added) list.add('envoy.config.listener.v3.Listener', patch, cache);
  return list.finish();
}

/** Applies the patches of one side to its route configurations. @param gateway what a gateway's stand for; absent at sidecars. */
export function patchRouteConfigurations(
  compiled: Compiled,
  patches: readonly EnvoyPatch[],
  gateway: GatewayRouteIndex | undefined,
  cache: CompileCache,
): Patched {
  const list = new PatchedList(compiled);
  for (const resource of compiled.resources) {
    const served = gateway?.get(resource.name);
    const matching = patches.filter((patch) => matchesRouteConfiguration(patch, resource.name, served));
    if (matching.length === 0) list.keep(resource);
    else list.take(cache.call(patchRoutes, resource, internList(cache, matching)));
  }
  return list.finish();
}

/** The extension configurations that patches bring: served to whoever asks for them by name, on whatever side. */
export function compileExtensionConfigs(patches: readonly EnvoyPatch[], cache: CompileCache): Patched {
  const list = new PatchedList({ resources: [], notes: [] });
  for (const patch of patches.filter(({ operation }) => operation === 'ADD')) {
    list.add('envoy.config.core.v3.TypedExtensionConfig', patch, cache);
  }
  return list.finish();
}

/** A whole resource that is added is not changed any more. */
function split(patches: readonly EnvoyPatch[], whole: EnvoyPatch['target']) {
  const isAdded = ({ target, operation }: EnvoyPatch) => target === whole && operation === 'ADD';
  return { added: patches.filter(isAdded), changing: patches.filter((patch) => !isAdded(patch)) };
}
