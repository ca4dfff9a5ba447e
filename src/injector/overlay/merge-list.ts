import { injectFault } from '../fault.ts';
import { type Json, isJsonObject, type JsonObject } from '../json.ts';
import { PATCH, stripDirectives } from './directives.ts';

/** Merges one object into another. */
export type MergeObjects = (original: JsonObject, patch: JsonObject) => JsonObject;

/**
 * Merges lists of objects whose elements are told apart by `key`. Those of the patch come first, in its order; those that only the original
 * has follow, unless they stood before an element of the patch already.
 *
 * @see kubernetes staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go `mergeSlice`
 */
export function mergeObjectLists(
  original: readonly Json[],
  patch: readonly Json[],
  key: string,
  merge: MergeObjects,
): readonly Json[] {
  const { kept, added, replaces } = applySpecialElements(original, patch, key);
  if (replaces) return added;
  const idOf = (element: Json) => (isJsonObject(element) ? element[key] : undefined);
  // Of several that share a key the first counts.
  const places = new Map(kept.map((element) => [idOf(element), element] as const).toReversed());
  const merged = new Map<Json | undefined, Json>();
  for (const element of added) {
    const id = keyOf(element, key);
    const before = merged.get(id) ?? places.get(id);
    const after = isJsonObject(before) ? merge(before, element) : stripDirectives(element);
    if (after !== undefined) merged.set(id, after);
  }
  const untouched = kept.filter((element) => !merged.has(idOf(element)));
  return interleave(untouched, [...merged.values()], kept.map(idOf), idOf);
}

/** Merges lists of plain values: each stays once, those of the patch first. */
export function mergeSets(original: readonly Json[], patch: readonly Json[]): readonly Json[] {
  const wanted = [...new Set(patch)];
  const others = original.filter((value) => !wanted.includes(value));
  return interleave(others, wanted, original, (value) => value);
}

/** Puts the elements of a list into the order that `$setElementOrder` gives; those that it does not name keep their place among the others. */
export function orderElements(
  list: readonly Json[],
  order: readonly Json[],
  original: readonly Json[],
  key: string | undefined,
): readonly Json[] {
  const idOf = (element: Json) => (key !== undefined && isJsonObject(element) ? element[key] : element);
  const wanted = order.map(idOf);
  const named = list.filter((element) => wanted.includes(idOf(element)));
  named.sort((a, b) => wanted.indexOf(idOf(a)) - wanted.indexOf(idOf(b)));
  const others = list.filter((element) => !wanted.includes(idOf(element)));
  return interleave(others, named, original.map(idOf), idOf);
}

/** Both lists keep their own order; an element of `left` goes before one of `right` only where `order` says so. */
function interleave(
  left: readonly Json[],
  right: readonly Json[],
  order: readonly (Json | undefined)[],
  idOf: (element: Json) => Json | undefined,
): readonly Json[] {
  const places = new Map(order.map((id, place) => [id, place] as const).toReversed());
  const placeOf = (element: Json) => places.get(idOf(element));
  const result: Json[] = [];
  let next = 0;
  for (const element of right) {
    const place = placeOf(element);
    for (let before = left[next]; before !== undefined && place !== undefined; before = left[++next]) {
      if ((placeOf(before) ?? -1) > place) break;
      result.push(before);
    }
    result.push(element);
  }
  return [...result, ...left.slice(next)];
}

function applySpecialElements(original: readonly Json[], patch: readonly Json[], key: string) {
  const added: JsonObject[] = [];
  let kept = original;
  let replaces = false;
  for (const element of patch) {
    if (!isJsonObject(element))
      throw injectFault('INJECT_TEMPLATE_FAILED', `a list merged by "${key}" holds no object`);
    switch (element[PATCH]) {
      case undefined:
        added.push(element);
        break;
      case 'replace':
        replaces = true;
        break;
      case 'delete': {
        const id = keyOf(element, key);
        kept = kept.filter((candidate) => !isJsonObject(candidate) || candidate[key] !== id);
        break;
      }
      default:
        throw injectFault(
          'INJECT_TEMPLATE_FAILED',
          `$patch: ${JSON.stringify(element[PATCH])} is not known for elements of a list`,
        );
    }
  }
  return { kept, added, replaces };
}

function keyOf(element: JsonObject, key: string): Json {
  const id = element[key];
  if (id !== undefined) return id;
  throw injectFault('INJECT_TEMPLATE_FAILED', `an element of a list has no "${key}", by which the list is merged`);
}
