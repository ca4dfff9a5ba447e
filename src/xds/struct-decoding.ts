import type protobuf from 'protobufjs/minimal.js';

/** A peer decides how deep its metadata nests; protobuf's own limit is 100. */
const MAX_DEPTH = 100;

/**
 * Reads a `google.protobuf.Struct` up to the offset `end` as the plain object that it stands for.
 * @throws Error when it nests too deep, or is no message.
 * @see google/protobuf/struct.proto
 */
export function readStruct(reader: protobuf.Reader, end: number, depth = 0): Record<string, unknown> {
  if (depth > MAX_DEPTH) throw new Error(`node metadata nests deeper than ${MAX_DEPTH} levels`);
  const fields = new Map<string, unknown>();
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) readField(reader, fields, depth);
    else reader.skipType(tag & 7);
  }
  return Object.fromEntries(fields);
}

/** Reads one entry of `Struct.fields`. */
function readField(reader: protobuf.Reader, fields: Map<string, unknown>, depth: number): void {
  const end = reader.uint32() + reader.pos;
  let key = '';
  let value: unknown = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else if (tag >>> 3 === 2) value = readValue(reader, reader.uint32() + reader.pos, depth);
    else reader.skipType(tag & 7);
  }
  fields.set(key, value);
}

const VALUE = { null: 1, number: 2, string: 3, bool: 4, struct: 5, list: 6 } as const;

function readValue(reader: protobuf.Reader, end: number, depth: number): unknown {
  let value: unknown = null;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case VALUE.number:
        value = reader.double();
        break;
      case VALUE.string:
        value = reader.string();
        break;
      case VALUE.bool:
        value = reader.bool();
        break;
      case VALUE.struct:
        value = readStruct(reader, reader.uint32() + reader.pos, depth + 1);
        break;
      case VALUE.list:
        value = readList(reader, reader.uint32() + reader.pos, depth + 1);
        break;
      default:
        reader.skipType(tag & 7);
        value = null;
    }
  }
  return value;
}

function readList(reader: protobuf.Reader, end: number, depth: number): unknown[] {
  if (depth > MAX_DEPTH) throw new Error(`node metadata nests deeper than ${MAX_DEPTH} levels`);
  const values: unknown[] = [];
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) values.push(readValue(reader, reader.uint32() + reader.pos, depth));
    else reader.skipType(tag & 7);
  }
  return values;
}
