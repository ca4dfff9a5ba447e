import { indexGatewayRoutes } from '../../compile/patch/gateway-routes.ts';
import { internList } from '../../compile/list.ts';
import {
  compileExtensionConfigs,
  patchClusters,
  patchListeners,
  patchRouteConfigurations,
} from '../../compile/patch/patch-resources.ts';
import { listFamilyPatches, listSidePatches, type PatchSide, selectPatches } from '../../compile/patch/select.ts';
import type { EnvoyFilter, EnvoyPatch } from '../../model/envoy-filter.ts';
import type { MergedGateway } from '../../model/merged-gateway.ts';
import type { Proxy } from '../../model/proxy.ts';
import { CLUSTER_TYPE, EXTENSION_CONFIG_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../../xds/type-url.ts';
import type { Compiled, Layer, ViewQuestion } from './layer.ts';
import { NOTHING } from './layer.ts';

/** Patches of one proxy, and a name for them. */
interface Selection {
  readonly filters: readonly EnvoyFilter[];
  readonly rootNamespace: string;
  readonly patches: readonly EnvoyPatch[];
  readonly slot: string;
}

const selections = new WeakMap<Proxy, Selection>();

/** Selected once for each proxy and set of EnvoyFilters. */
function selectionOf({ proxy, parts }: ViewQuestion): Selection {
  const { envoyFilters: filters, mesh } = parts.snapshot;
  const { rootNamespace } = mesh;
  const known = selections.get(proxy);
  if (known?.filters === filters && known.rootNamespace === rootNamespace) return known;
  const patches = selectPatches(filters, proxy, rootNamespace);
  const slot = patches.map(({ filter, index }) => `${filter}#${index}`).join();
  const selection = { filters, rootNamespace, patches, slot };
  selections.set(proxy, selection);
  return selection;
}

/**
 * The layer after the EnvoyFilters of the proxy; the identical one where none concerns it. Proxies that the same EnvoyFilters select go on
 * sharing it.
 *
 * @param gateway what a gateway's route configurations are known by; absent at sidecars.
 */
export function patchLayer(question: ViewQuestion, layer: Layer, side: PatchSide, gateway?: MergedGateway): Layer {
  const { patches, slot } = selectionOf(question);
  if (patches.length === 0) return layer;
  const compiled = patch(question, layer, { patches, side, gateway });
  return compiled === layer.compiled ? layer : { ...layer, slot: `${layer.slot} ${slot}`, compiled };
}

interface Patching {
  readonly patches: readonly EnvoyPatch[];
  readonly side: PatchSide;
  readonly gateway: MergedGateway | undefined;
}

function patch({ cache }: ViewQuestion, { typeUrl, compiled }: Layer, { patches, side, gateway }: Patching): Compiled {
  const forFamily = (family: 'cluster' | 'listener' | 'route') =>
    internList(cache, listSidePatches(patches, family, side));
  switch (typeUrl) {
    case CLUSTER_TYPE: {
      const own = forFamily('cluster');
      return own.length === 0 ? compiled : cache.call(patchClusters, compiled, own, cache);
    }
    case LISTENER_TYPE: {
      const own = forFamily('listener');
      // Only inbound listeners carry their routes with them.
      const routes = side === 'SIDECAR_INBOUND' ? forFamily('route') : internList<EnvoyPatch>(cache, []);
      return own.length + routes.length === 0 ? compiled : cache.call(patchListeners, compiled, own, routes, cache);
    }
    case ROUTE_TYPE: {
      const own = forFamily('route');
      if (own.length === 0) return compiled;
      const index = gateway && cache.call(indexGatewayRoutes, gateway);
      return cache.call(patchRouteConfigurations, compiled, own, index, cache);
    }
    default:
      return compiled;
  }
}

/** The patches of a proxy, of whatever kind; proxies that the same EnvoyFilters select share the list. */
export function patchesFor(question: ViewQuestion): { readonly patches: readonly EnvoyPatch[]; readonly slot: string } {
  const { patches, slot } = selectionOf(question);
  return { patches: internList(question.cache, patches), slot };
}

/** The extension configurations that EnvoyFilters bring to a proxy. It tells of all its patches, so that those can be found that change nothing. */
export function extensionLayer(question: ViewQuestion): Layer {
  const { patches, slot } = selectionOf(question);
  if (patches.length === 0) return { typeUrl: EXTENSION_CONFIG_TYPE, slot: 'none', compiled: NOTHING };
  const { cache } = question;
  const own = internList(cache, listFamilyPatches(patches, 'extension'));
  const compiled = cache.call(compileExtensionConfigs, own, cache);
  return { typeUrl: EXTENSION_CONFIG_TYPE, slot, compiled: { ...compiled, selected: patches } };
}
