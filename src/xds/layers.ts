import { hashOfAll } from '../kit/hash.ts';
import type { NameSet } from './name-set.ts';
import type { Resource } from './resource.ts';
import { ResourceBatch } from './resource-batch.ts';
import { ResourceSet, type SetDelta } from './resource-set.ts';

/** Everything of one type that one proxy may see; no name occurs twice. */
export type Layers = readonly ResourceSet[];

/** What changed between two states of the layers. */
export interface LayersDelta {
  /** New resources, and those with another version. */
  readonly changed: readonly ResourceBatch[];
  /** Resources that no layer has any more, as they were. */
  readonly removed: readonly Resource[];
}

const NO_CHANGE: LayersDelta = { changed: [], removed: [] };

/** Whether both are the same sets; equal content in different sets is not looked at. */
export function areSameLayers(a: Layers, b: Layers): boolean {
  return a === b || (a.length === b.length && a.every((set, i) => set === b[i]));
}

/** The resource of that name, `undefined` when no layer has one. */
export function findResource(layers: Layers, name: string): Resource | undefined {
  for (const set of layers) {
    const resource = set.get(name);
    if (resource !== undefined) return resource;
  }
  return undefined;
}

/** The resources that `names` asks for, by layer. */
export function selectResources(layers: Layers, names: NameSet): ResourceBatch[] {
  return layers.map((set) => set.select(names)).filter((batch) => batch.size > 0);
}

/** The version of all layers together, which changes exactly when their content does. */
export function versionOfLayers(layers: Layers): string {
  return combineVersions(layers);
}

/** The version of what `names` asks for of the layers. */
export function versionOfSelection(layers: Layers, names: NameSet): string {
  return combineVersions(selectResources(layers, names));
}

function combineVersions(parts: readonly { readonly version: string }[]): string {
  const [only, ...others] = parts;
  return only !== undefined && others.length === 0 ? only.version : hashOfAll(parts.map(({ version }) => version));
}

/**
 * What changed from `before` to `after`.
 *
 * Sets that both have cancel out; the rest is compared in pairs, whose differences are cached in the sets, so that
 * proxies of one scope cost one comparison together.
 */
export function diffLayers(before: Layers, after: Layers): LayersDelta {
  if (areSameLayers(before, after)) return NO_CHANGE;
  const old = before.filter((set) => !after.includes(set));
  const fresh = after.filter((set) => !before.includes(set));
  const changed: ResourceBatch[] = [];
  const removed: Resource[] = [];
  for (let i = 0; i < Math.max(old.length, fresh.length); i++) {
    const delta = diffSets(old[i], fresh[i]);
    if (delta.changed.size > 0) changed.push(delta.changed);
    removed.push(...delta.removed);
  }
  // A resource can move between two sets that both changed; one of the two pairs then takes it for removed.
  const mayHaveMoved = removed.length > 0 && fresh.length > 1;
  return mayHaveMoved ? settleMoves({ changed, removed }, before, after) : { changed, removed };
}

function diffSets(before: ResourceSet | undefined, after: ResourceSet | undefined): SetDelta {
  const typeUrl = (after ?? before)?.typeUrl ?? '';
  const empty = ResourceSet.empty(typeUrl);
  return (after ?? empty).deltaFrom(before ?? empty);
}

function settleMoves({ changed, removed }: LayersDelta, before: Layers, after: Layers): LayersDelta {
  return {
    changed: filterBatches(changed, ({ name, version }) => findResource(before, name)?.version !== version),
    removed: removed.filter(({ name }) => findResource(after, name) === undefined),
  };
}

/** The resources that pass; a batch that passes as a whole stays itself, and with it its cached bytes. */
export function filterBatches(
  batches: readonly ResourceBatch[],
  passes: (resource: Resource) => boolean,
): ResourceBatch[] {
  const filtered: ResourceBatch[] = [];
  for (const batch of batches) {
    const kept = batch.resources.filter(passes);
    if (kept.length === batch.size) filtered.push(batch);
    else if (kept.length > 0) filtered.push(new ResourceBatch(batch.typeUrl, kept));
  }
  return filtered;
}
