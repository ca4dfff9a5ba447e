import { isJsonList, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { diffLists } from './list-diff.ts';

/** One step of a JSON Patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string };

/**
 * The steps from one document to another. Fields are visited in the order of their names and lists from front to back, so equal documents give
 * equal patches; what both share as the same object is never looked into.
 */
export function createJsonPatch(from: JsonObject, to: JsonObject): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  diffObjects(from, to, '', operations);
  return operations;
}

function diffValues(from: Json, to: Json, path: string, operations: PatchOperation[]): void {
  if (from === to) return;
  if (isJsonObject(from) && isJsonObject(to)) diffObjects(from, to, path, operations);
  else if (isJsonList(from) && isJsonList(to))
    diffLists(from, to, path, operations, (before, after, place) => diffValues(before, after, place, operations));
  else operations.push({ op: 'replace', path, value: to });
}

function diffObjects(from: JsonObject, to: JsonObject, path: string, operations: PatchOperation[]): void {
  const fields = new Set([...Object.keys(from), ...Object.keys(to)]);
  for (const field of [...fields].sort()) {
    // Every object has a `constructor` that is none of its fields.
    const before = Object.hasOwn(from, field) ? from[field] : undefined;
    const after = Object.hasOwn(to, field) ? to[field] : undefined;
    const place = `${path}/${escape(field)}`;
    if (before === undefined && after !== undefined) operations.push({ op: 'add', path: place, value: after });
    else if (before !== undefined && after === undefined) operations.push({ op: 'remove', path: place });
    else if (before !== undefined && after !== undefined) diffValues(before, after, place, operations);
  }
}

function escape(field: string): string {
  return field.replaceAll('~', '~0').replaceAll('/', '~1');
}
