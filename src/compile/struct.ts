import type { google_protobuf_Struct, google_protobuf_Value } from '../gen/messages.ts';

/** What protobuf's Struct can hold, as plain values. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainObject;

/** An object of such values; keys whose value is `undefined` do not count. */
export interface PlainObject {
  readonly [key: string]: Plain | undefined;
}

/** Writes a plain object as protobuf's Struct; keys whose value is `undefined` are left out, the others keep their order. */
export function structOf(object: PlainObject): google_protobuf_Struct {
  const fields: Record<string, google_protobuf_Value> = {};
  for (const [key, value] of Object.entries(object)) if (value !== undefined) fields[key] = valueOf(value);
  return { fields };
}

function valueOf(value: Plain): google_protobuf_Value {
  if (value === null) return { null_value: 'NULL_VALUE' };
  if (typeof value === 'string') return { string_value: value };
  if (typeof value === 'number') return { number_value: value };
  if (typeof value === 'boolean') return { bool_value: value };
  return isList(value) ? { list_value: { values: value.map(valueOf) } } : { struct_value: structOf(value) };
}

function isList(value: readonly Plain[] | PlainObject): value is readonly Plain[] {
  return Array.isArray(value);
}
