import { isJsonList, isJsonObject, type Json } from '../json.ts';
import type { PatchOperation } from './json-patch.ts';

/** Applies a patch: a plain reading of RFC 6902, for tests. */
export function applyPatch(from: Json, patch: readonly PatchOperation[]): Json {
  return patch.reduce((document, operation) => apply(document, operation, operation.path.split('/').slice(1)), from);
}

function apply(at: Json, operation: PatchOperation, [first = '', ...rest]: readonly string[]): Json {
  const key = first.replaceAll('~1', '/').replaceAll('~0', '~');
  if (isJsonList(at)) {
    const index = Number(key);
    const changed =
      rest.length > 0 ? [apply(at[index] ?? null, operation, rest)] : 'value' in operation ? [operation.value] : [];
    return at.toSpliced(index, rest.length === 0 && operation.op === 'add' ? 0 : 1, ...changed);
  }
  if (!isJsonObject(at)) throw new Error(`nothing at ${operation.path}`);
  const { [key]: before, ...others } = at;
  if (rest.length > 0) return { ...at, [key]: apply(before ?? null, operation, rest) };
  return 'value' in operation ? { ...others, [key]: operation.value } : others;
}
