import { injectFault } from '../fault.ts';
import { type Json, isJsonList, isJsonObject, type JsonObject } from '../json.ts';

/** Says what becomes of the object or list that it stands in: `replace`, `delete` or `merge`. */
export const PATCH = '$patch';
/** Lists the fields that stay. */
export const RETAIN_KEYS = '$retainKeys';
/** Before the name of a list of plain values: those that go. */
export const DELETE_FROM = '$deleteFromPrimitiveList/';
/** Before the name of a list: the order of its elements. */
export const ELEMENT_ORDER = '$setElementOrder/';

/** `value` as it is once nothing is left to merge it with: without directives and nulls. `undefined` when a directive was all there was. */
export function stripDirectives(value: Json): Json | undefined {
  if (isJsonList(value)) {
    const kept = value.map(stripDirectives);
    return kept.every((element, index) => element === value[index])
      ? value
      : kept.filter((element) => element !== undefined);
  }
  return isJsonObject(value) ? stripObject(value) : value;
}

function stripObject(value: JsonObject): JsonObject | undefined {
  if (PATCH in value) return undefined;
  let isChanged = false;
  const kept: Record<string, Json> = {};
  for (const [field, content] of Object.entries(value)) {
    const stripped =
      content === undefined || content === null || isDirective(field) ? undefined : stripDirectives(content);
    if (stripped !== undefined) kept[field] = stripped;
    isChanged ||= stripped !== content;
  }
  return isChanged ? kept : value;
}

function isDirective(field: string): boolean {
  return field === RETAIN_KEYS || field.startsWith(DELETE_FROM) || field.startsWith(ELEMENT_ORDER);
}

/** What `original` keeps under the `$retainKeys` of `patch`. */
export function retainKeys(original: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return original;
  if (!isJsonList(keys)) throw injectFault('INJECT_TEMPLATE_FAILED', '$retainKeys must be a list');
  const stray = Object.keys(patch).find(
    (field) => !field.startsWith('$') && patch[field] !== null && !keys.includes(field),
  );
  if (stray !== undefined) throw injectFault('INJECT_TEMPLATE_FAILED', `$retainKeys does not name field "${stray}"`);
  return Object.fromEntries(Object.entries(original).filter(([field]) => keys.includes(field)));
}
