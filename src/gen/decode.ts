import { MessageError, within } from './message-error.ts';
import type { EnumType, FieldType, MessageType, ValueType } from './message-type.ts';
import type { WireReader } from './wire-reader.ts';

/** A decoded message. */
export type Decoded = Record<string, unknown>;

/** As deep as protobuf's own implementations follow bytes of a stranger. */
const maxDepth = 100;
const wireTypeLengthDelimited = 2;

/**
 * Reads a message into a plain object that holds the fields that were on the wire and no others.
 *
 * @param end Position at which the message ends.
 * @throws MessageError for bytes that are no protobuf, or nested deeper than 100.
 */
export function readMessage(
  reader: WireReader,
  type: MessageType,
  end: number,
  into: Decoded = {},
  depth = 0,
): Decoded {
  if (depth > maxDepth) throw new MessageError(`nested deeper than ${maxDepth}`);
  while (reader.position < end) {
    const tag = reader.uint32();
    const field = type.byNumber.get(tag >>> 3);
    if (field === undefined) {
      reader.skip(tag & 7);
      continue;
    }
    if (field.oneof !== undefined) dropOthers(type, field, field.oneof, into);
    try {
      readField(reader, field, tag & 7, into, depth);
    } catch (error) {
      throw within(field.name, error);
    }
  }
  if (reader.position !== end) throw new MessageError('a field reaches beyond its message');
  return type.name === 'google.protobuf.Any' ? { type_url: '', value: Buffer.alloc(0), ...into } : into;
}

/** Of the members of a oneof the last on the wire counts. */
function dropOthers(type: MessageType, field: FieldType, oneof: string, into: Decoded): void {
  for (const member of type.oneofs.get(oneof) ?? []) {
    if (member !== field && member.name in into) delete into[member.name];
  }
}

function readField(reader: WireReader, field: FieldType, wireType: number, into: Decoded, depth: number): void {
  switch (field.rule) {
    case 'map':
      readMapEntry(reader, field, mapIn(into, field.name), depth);
      return;
    case 'repeated':
    case 'packed':
      readRepeated(reader, field, wireType, listIn(into, field.name), depth);
      return;
    default:
      // Protobuf merges a single message that comes in several pieces.
      into[field.name] = readValue(reader, field.value, wireType, depth, into[field.name]);
  }
}

function readRepeated(reader: WireReader, field: FieldType, wireType: number, list: unknown[], depth: number): void {
  const type = field.value;
  const packed = wireType === wireTypeLengthDelimited && wireTypeOf(type) !== wireTypeLengthDelimited;
  if (!packed) {
    list.push(readValue(reader, type, wireType, depth));
    return;
  }
  const end = reader.end();
  while (reader.position < end) list.push(readValue(reader, type, wireTypeOf(type), depth));
}

function readValue(reader: WireReader, type: ValueType, wireType: number, depth: number, before?: unknown): unknown {
  if (wireType !== wireTypeOf(type)) throw new MessageError(`wire type ${wireType} instead of ${wireTypeOf(type)}`);
  if (type.kind === 'scalar') return type.scalar.read(reader);
  if (type.kind === 'enum') return enumValue(type.type, reader.uint32() | 0);
  return readMessage(reader, type.type, reader.end(), isDecoded(before) ? before : {}, depth + 1);
}

function readMapEntry(reader: WireReader, field: FieldType, map: Decoded, depth: number): void {
  const end = reader.end();
  let key: unknown;
  let value: unknown;
  while (reader.position < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1 && field.key !== undefined) key = field.key.scalar.read(reader);
    else if (tag >>> 3 === 2) value = readValue(reader, field.value, tag & 7, depth);
    else reader.skip(tag & 7);
  }
  const name = String(key ?? defaultKey(field));
  // Assigning `__proto__` would set the object's prototype, and the key comes from a stranger.
  Object.defineProperty(map, name, {
    value: value ?? defaultOf(field.value),
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** A map entry leaves out a key or value that is its type's default. */
function defaultOf(type: ValueType): unknown {
  if (type.kind === 'message') return {};
  if (type.kind === 'enum') return enumValue(type.type, 0);
  if (type.name === 'string') return '';
  if (type.name === 'bytes') return Buffer.alloc(0);
  return type.name === 'bool' ? false : 0;
}

function defaultKey({ key }: FieldType): string {
  if (key?.name === 'string') return '';
  return key?.name === 'bool' ? 'false' : '0';
}

function enumValue(type: EnumType, number: number): string | number {
  return type.names.get(number) ?? number;
}

function wireTypeOf(type: ValueType): number {
  if (type.kind === 'scalar') return type.scalar.wireType;
  return type.kind === 'enum' ? 0 : wireTypeLengthDelimited;
}

function listIn(into: Decoded, name: string): unknown[] {
  const present = into[name];
  if (Array.isArray(present)) return present;
  const list: unknown[] = [];
  into[name] = list;
  return list;
}

function mapIn(into: Decoded, name: string): Decoded {
  const present = into[name];
  if (isDecoded(present)) return present;
  const map: Decoded = {};
  into[name] = map;
  return map;
}

function isDecoded(value: unknown): value is Decoded {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
