/** A value as JSON has it. Values are never changed in place: what is equal before and after an injection is the same object. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A field that is absent and one that is undefined are the same. */
export interface JsonObject {
  readonly [field: string]: Json | undefined;
}

/** Whether a parsed document is an object, and no list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. `Array.isArray` loses the type of the elements of a read-only one. */
export function isJsonList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object at the end of a path; an empty one where there is none. */
export function objectAt(root: Json | undefined, ...path: readonly string[]): JsonObject {
  const value = valueAt(root, ...path);
  return isJsonObject(value) ? value : {};
}

/** The value at the end of a path. */
export function valueAt(root: Json | undefined, ...path: readonly string[]): Json | undefined {
  let value = root;
  for (const field of path) value = isJsonObject(value) ? value[field] : undefined;
  return value;
}

/** The objects in a list; none where there is no list. */
export function listAt(root: Json | undefined, ...path: readonly string[]): readonly JsonObject[] {
  const value = valueAt(root, ...path);
  return isJsonList(value) ? value.filter(isJsonObject) : [];
}

/** The text at the end of a path; empty where there is none. */
export function textAt(root: Json | undefined, ...path: readonly string[]): string {
  const value = valueAt(root, ...path);
  return typeof value === 'string' ? value : '';
}

/** The text at the end of a path; `undefined` where there is none. */
export function findText(root: Json | undefined, ...path: readonly string[]): string | undefined {
  const value = valueAt(root, ...path);
  return typeof value === 'string' ? value : undefined;
}

/** A map of texts, like labels; what is no text is left out. */
export function textsAt(root: Json | undefined, ...path: readonly string[]): Readonly<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const [key, value] of Object.entries(objectAt(root, ...path))) if (typeof value === 'string') texts[key] = value;
  return texts;
}

/** A setting as text: numbers and booleans are spelt out, absent ones are empty. */
export function spelledAt(root: Json | undefined, ...path: readonly string[]): string {
  const value = valueAt(root, ...path);
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Whether a setting counts as given: not absent, `false`, `0`, empty text, empty list or empty map. */
export function isGiven(value: Json | undefined): boolean {
  if (isJsonList(value)) return value.length > 0;
  if (isJsonObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}
