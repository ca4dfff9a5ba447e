import { isJsonList, isJsonObject, type Json } from './json.ts';

/**
 * A value without its nulls, however deep. What only held nulls goes with them.
 * @see istio pkg/kube/inject/template.go `omitNil`
 */
export function omitNil(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (!holdsNull(value)) return value;
  if (isJsonList(value)) {
    const kept = value.map(omitNil).filter((element) => element !== undefined);
    return kept.length > 0 ? kept : undefined;
  }
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value)
    .map(([field, content]) => [field, omitNil(content)] as const)
    .filter(([, content]) => content !== undefined);
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function holdsNull(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  if (isJsonList(value)) return value.some(holdsNull);
  return isJsonObject(value) && Object.values(value).some(holdsNull);
}
