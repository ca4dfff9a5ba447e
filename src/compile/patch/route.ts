import { decodeMessage } from '../../gen/codec.ts';
import type {
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_RouteConfiguration as RouteConfiguration,
  envoy_config_route_v3_VirtualHost as VirtualHost,
} from '../../gen/messages.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import type { CompiledResource } from '../resource.ts';
import { isMerge, listMergeOf } from './chain.ts';
import { insertInto } from './edit-list.ts';
import { mergeMessage } from '../../gen/merge.ts';
import { type PatchedResource, PatchRun, valueOf } from './patch-run.ts';
import { type GatewayRoutes, matchesRouteConfiguration, matchesVirtualHost, toRouteTarget } from './route-match.ts';

const CONFIGURATION = 'envoy.config.route.v3.RouteConfiguration';
const VIRTUAL_HOST = 'envoy.config.route.v3.VirtualHost';
const ROUTE = 'envoy.config.route.v3.Route';

/** Applies patches to a compiled route configuration that they match. */
export function patchRoutes(resource: CompiledResource, patches: readonly EnvoyPatch[]): PatchedResource {
  const run = new PatchRun();
  const message = decodeMessage(CONFIGURATION, resource.bytes);
  return run.finish(resource, CONFIGURATION, patchMatching(message, patches, run));
}

/**
 * Applies patches to a route configuration of a sidecar: to itself, then to each virtual host and its routes, and last the virtual hosts that
 * are added.
 * @see istio pilot/pkg/networking/core/envoyfilter/rc_patch.go `ApplyRouteConfigurationPatches`
 */
export function patchRouteConfiguration(
  message: RouteConfiguration,
  patches: readonly EnvoyPatch[],
  run: PatchRun,
  gateway?: GatewayRoutes,
): RouteConfiguration {
  const matching = patches.filter((patch) => matchesRouteConfiguration(patch, message.name ?? '', gateway));
  return matching.length === 0 ? message : patchMatching(message, matching, run);
}

function patchMatching(message: RouteConfiguration, patches: readonly EnvoyPatch[], run: PatchRun): RouteConfiguration {
  const merged = patches
    .filter((patch) => patch.target === 'ROUTE_CONFIGURATION' && isMerge(patch))
    .reduce(
      (before, patch) =>
        run.change(patch, before, () =>
          mergeMessage(CONFIGURATION, before, valueOf(CONFIGURATION, patch), listMergeOf(patch)),
        ),
      message,
    );
  const hosts = patches.filter(({ target }) => target === 'VIRTUAL_HOST');
  const routes = patches.filter(({ target }) => target === 'HTTP_ROUTE');
  if (hosts.length + routes.length === 0) return merged;
  const added = hosts.filter(({ operation }) => operation === 'ADD');
  for (const patch of added) run.hit(patch);
  return {
    ...merged,
    virtual_hosts: [
      ...(merged.virtual_hosts ?? []).flatMap((host) => patchVirtualHost(host, hosts, routes, run) ?? []),
      ...added.map((patch) => valueOf(VIRTUAL_HOST, patch)),
    ],
  };
}

function patchVirtualHost(
  host: VirtualHost,
  patches: readonly EnvoyPatch[],
  routes: readonly EnvoyPatch[],
  run: PatchRun,
): VirtualHost | undefined {
  let patched = host;
  for (const patch of patches) {
    if (!matchesVirtualHost(patch, patched)) continue;
    const before = patched;
    if (patch.operation === 'REMOVE') {
      run.hit(patch);
      return undefined;
    }
    if (patch.operation === 'REPLACE') patched = run.change(patch, before, () => valueOf(VIRTUAL_HOST, patch));
    else if (isMerge(patch)) {
      patched = run.change(patch, before, () =>
        mergeMessage(VIRTUAL_HOST, before, valueOf(VIRTUAL_HOST, patch), listMergeOf(patch)),
      );
    }
  }
  const forRoutes = routes.filter((patch) => matchesVirtualHost(patch, patched));
  if (forRoutes.length === 0) return patched;
  return { ...patched, routes: patchRouteList(patched.routes ?? [], forRoutes, run) };
}

function patchRouteList(routes: readonly Route[], patches: readonly EnvoyPatch[], run: PatchRun): readonly Route[] {
  const changed = routes.flatMap((route) => patchRoute(route, patches, run) ?? []);
  return patches.reduce<readonly Route[]>((list, patch) => {
    const target = toRouteTarget(patch);
    // Where a route is named, even the beginning of the list is only for virtual hosts that have it.
    if (patch.operation === 'INSERT_FIRST' && target && !list.some(target)) return list;
    const inserted = insertInto(list, patch, valueOf(ROUTE, patch), target);
    if (inserted !== list) run.hit(patch);
    return inserted;
  }, changed);
}

function patchRoute(route: Route, patches: readonly EnvoyPatch[], run: PatchRun): Route | undefined {
  let patched = route;
  for (const patch of patches) {
    const target = toRouteTarget(patch);
    if (target && !target(patched)) continue;
    if (patch.operation === 'REMOVE') {
      run.hit(patch);
      return undefined;
    }
    const before = patched;
    if (isMerge(patch)) {
      patched = run.change(patch, before, () => mergeMessage(ROUTE, before, valueOf(ROUTE, patch), listMergeOf(patch)));
    }
  }
  return patched;
}
