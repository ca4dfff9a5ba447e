import { RE2JS } from 're2js';
import type { EnvoyFilter, EnvoyPatch, PatchTarget } from '../../model/envoy-filter.ts';
import { selectEnvoyFilters } from '../../model/envoy-filter-selection.ts';
import type { Proxy } from '../../model/proxy.ts';

/** What of a proxy decides which patches it gets. */
export type PatchedProxy = Pick<Proxy, 'namespace' | 'labels' | 'version' | 'metadata'>;

/** A side of a proxy that patches tell apart. */
export type PatchSide = 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY';

/** Which resources a patch is applied to. */
export type PatchFamily = 'cluster' | 'listener' | 'route' | 'extension' | 'bootstrap';

const FAMILIES = {
  LISTENER: 'listener',
  LISTENER_FILTER: 'listener',
  FILTER_CHAIN: 'listener',
  NETWORK_FILTER: 'listener',
  HTTP_FILTER: 'listener',
  ROUTE_CONFIGURATION: 'route',
  VIRTUAL_HOST: 'route',
  HTTP_ROUTE: 'route',
  CLUSTER: 'cluster',
  EXTENSION_CONFIG: 'extension',
  BOOTSTRAP: 'bootstrap',
} as const satisfies Record<PatchTarget, PatchFamily>;

/** The patches that a proxy gets, in the order in which they are applied. */
export function selectPatches(
  filters: readonly EnvoyFilter[],
  proxy: PatchedProxy,
  rootNamespace: string,
): readonly EnvoyPatch[] {
  return selectEnvoyFilters(filters, proxy, rootNamespace)
    .flatMap(({ patches }) => patches)
    .filter((patch) => isForProxy(patch, proxy));
}

/** Of the patches that a proxy gets, those for resources of one family on one side. */
export function listSidePatches(
  patches: readonly EnvoyPatch[],
  family: PatchFamily,
  side: PatchSide,
): readonly EnvoyPatch[] {
  const own = patches.filter((patch) => FAMILIES[patch.target] === family && isForSide(patch, side));
  if (side !== 'SIDECAR_INBOUND') return own;
  // A proxy knows a resource by its name alone, whichever side it was added on: the outbound side has it.
  const taken = new Set(patches.filter((patch) => isForSide(patch, 'SIDECAR_OUTBOUND')).flatMap(listAddedNames));
  return own.filter((patch) => !listAddedNames(patch).some((name) => taken.has(name)));
}

/** The patches for one family, whatever their side. */
export function listFamilyPatches(patches: readonly EnvoyPatch[], family: PatchFamily): readonly EnvoyPatch[] {
  return patches.filter(({ target }) => FAMILIES[target] === family);
}

/** The name of the whole resource that a patch adds, with its kind. */
function listAddedNames(patch: EnvoyPatch): readonly string[] {
  return isWhole(patch) ? [`${patch.target} ${String(patch.value.name)}`] : [];
}

function isWhole({ operation, target }: EnvoyPatch): boolean {
  return operation === 'ADD' && (target === 'LISTENER' || target === 'CLUSTER');
}

// What a patch for any side adds would be there twice at sidecars; the outbound side has it.
function isForSide(patch: EnvoyPatch, side: PatchSide): boolean {
  if (patch.context !== 'ANY') return patch.context === side;
  return side !== 'SIDECAR_INBOUND' || !isWhole(patch);
}

/** @see istio pilot/pkg/model/envoyfilter.go `proxyMatch` */
function isForProxy(patch: EnvoyPatch, { version, metadata }: PatchedProxy): boolean {
  const { proxy: match, context } = patch;
  // No proxy of ours is a waypoint.
  if (context === 'WAYPOINT') return false;
  if (match === undefined) return true;
  if (match.version !== undefined && !isVersion(patch, match.version, version)) return false;
  return Object.entries(match.metadata).every(([key, value]) => metadata[key] === value);
}

/** Istio refuses longer expressions, so they match no proxy. */
const MAX_EXPRESSION = 1024;

const expressions = new WeakMap<EnvoyPatch, RE2JS>();

function isVersion(patch: EnvoyPatch, expression: string, version: string): boolean {
  if (version === '' || expression.length > MAX_EXPRESSION) return false;
  const known = expressions.get(patch) ?? RE2JS.compile(expression);
  expressions.set(patch, known);
  return known.matcher(version).find();
}
