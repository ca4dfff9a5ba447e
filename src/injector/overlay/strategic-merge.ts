import { injectFault } from '../fault.ts';
import { type Json, isJsonList, isJsonObject, type JsonObject } from '../json.ts';
import { DELETE_FROM, ELEMENT_ORDER, PATCH, retainKeys, stripDirectives } from './directives.ts';
import { type MergeShape, POD_SHAPE } from './merge-keys.ts';
import { mergeObjectLists, mergeSets, orderElements } from './merge-list.ts';

/**
 * Lays a part of a pod over a pod, as `kubectl patch --type=strategic` does, directives included. Neither is changed; what no field of the
 * overlay concerns stays the same object.
 *
 * @throws Fault `INJECT_TEMPLATE_FAILED` where the overlay has a directive in a wrong place, or an element without its key.
 */
export function overlayPod(pod: JsonObject, overlay: JsonObject): JsonObject {
  return mergeObjects(pod, overlay, POD_SHAPE);
}

function mergeObjects(original: JsonObject, patch: JsonObject, shape: MergeShape): JsonObject {
  const directive = patch[PATCH];
  if (directive !== undefined) return applyDirective(directive, patch);
  const base = retainKeys(original, patch);
  const result: Record<string, Json | undefined> = { ...base };
  for (const [field, value] of Object.entries(patch)) {
    if (value === undefined || field.startsWith('$')) continue;
    const merged = mergeField(base[field], value, field, shape);
    if (merged === undefined) delete result[field];
    else result[field] = merged;
  }
  applyListDirectives(result, base, patch, shape);
  return result;
}

function applyDirective(directive: Json, patch: JsonObject): JsonObject {
  const { [PATCH]: _, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw injectFault('INJECT_TEMPLATE_FAILED', `$patch: ${JSON.stringify(directive)} is not known for objects`);
}

function mergeField(original: Json | undefined, value: Json, field: string, shape: MergeShape): Json | undefined {
  if (value === null) return undefined;
  if (isJsonObject(value) && isJsonObject(original)) return mergeObjects(original, value, shape.objects?.[field] ?? {});
  if (isJsonList(value) && isJsonList(original)) return mergeLists(original, value, field, shape);
  return stripDirectives(value);
}

function mergeLists(
  original: readonly Json[],
  patch: readonly Json[],
  field: string,
  shape: MergeShape,
): readonly Json[] {
  const list = shape.lists?.[field];
  if (list !== undefined)
    return mergeObjectLists(original, patch, list.key, (before, after) => mergeObjects(before, after, list.element));
  return shape.sets?.includes(field) ? mergeSets(original, patch) : patch;
}

function applyListDirectives(
  result: Record<string, Json | undefined>,
  original: JsonObject,
  patch: JsonObject,
  shape: MergeShape,
): void {
  for (const [directive, value] of Object.entries(patch)) {
    if (!isJsonList(value)) continue;
    if (directive.startsWith(DELETE_FROM)) {
      const field = directive.slice(DELETE_FROM.length);
      const list = result[field];
      if (isJsonList(list)) result[field] = list.filter((element) => !value.includes(element));
    } else if (directive.startsWith(ELEMENT_ORDER)) {
      const field = directive.slice(ELEMENT_ORDER.length);
      const list = result[field];
      const before = original[field];
      if (isJsonList(list))
        result[field] = orderElements(list, value, isJsonList(before) ? before : [], shape.lists?.[field]?.key);
    }
  }
}
