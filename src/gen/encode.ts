import { MessageError, within } from './message-error.ts';
import type { EnumType, FieldType, MessageType, ValueType } from './message-type.ts';
import { mismatch } from './scalar.ts';
import type { WireWriter } from './wire-writer.ts';

/** A message or map as plain object: what is inside is checked while it is written. */
type PlainObject = Readonly<Record<string, unknown>>;

const wireTypeLengthDelimited = 2;

/**
 * Writes the fields of a plain object in the order of their numbers, whatever the order of its keys.
 *
 * @throws MessageError with the path, for an unknown field, a value of the wrong type, an unknown enum value, or two
 * members of one oneof.
 */
export function writeMessage(writer: WireWriter, type: MessageType, message: object): void {
  const values = message as PlainObject;
  const present: FieldType[] = [];
  let sorted = true;
  let last = 0;
  for (const name in values) {
    if (values[name] === undefined) continue;
    const field = type.fields.get(name);
    if (field === undefined) throw new MessageError(`${type.name} has no such field`, [name]);
    if (field.number < last) sorted = false;
    last = field.number;
    if (field.oneof !== undefined) checkOneof(present, field, field.oneof);
    present.push(field);
  }
  if (!sorted) present.sort((a, b) => a.number - b.number);
  for (const field of present) {
    try {
      writeField(writer, field, values[field.name]);
    } catch (error) {
      throw within(field.name, error);
    }
  }
}

function checkOneof(present: readonly FieldType[], field: FieldType, oneof: string): void {
  const other = present.find((member) => member.oneof === oneof);
  if (other !== undefined)
    throw new MessageError(`${other.name} is set too, and only one of ${oneof} can be`, [field.name]);
}

function writeField(writer: WireWriter, field: FieldType, value: unknown): void {
  switch (field.rule) {
    case 'implicit':
      if (!isImplicitDefault(field.value, value)) writeTagged(writer, field.number, field.value, value);
      return;
    case 'explicit':
      writeTagged(writer, field.number, field.value, value);
      return;
    case 'repeated':
      writeRepeated(writer, field, listOf(value));
      return;
    case 'packed':
      writePacked(writer, field, listOf(value));
      return;
    default:
      writeMap(writer, field, objectOf(value));
  }
}

function writeTagged(writer: WireWriter, number: number, type: ValueType, value: unknown): void {
  if (type.kind === 'scalar') {
    writer.uint32((number << 3) | type.scalar.wireType);
    type.scalar.write(writer, value);
  } else if (type.kind === 'enum') {
    writer.uint32(number << 3);
    writer.int32(enumNumber(type.type, value));
  } else {
    writer.uint32((number << 3) | wireTypeLengthDelimited);
    const start = writer.open();
    writeMessage(writer, type.type, objectOf(value));
    writer.close(start);
  }
}

function writeRepeated(writer: WireWriter, field: FieldType, values: readonly unknown[]): void {
  for (let i = 0; i < values.length; i++) {
    try {
      writeTagged(writer, field.number, field.value, values[i]);
    } catch (error) {
      throw within(i, error);
    }
  }
}

function writePacked(writer: WireWriter, field: FieldType, values: readonly unknown[]): void {
  if (values.length === 0) return;
  const type = field.value;
  writer.uint32((field.number << 3) | wireTypeLengthDelimited);
  const start = writer.open();
  for (const value of values) {
    if (type.kind === 'scalar') type.scalar.write(writer, value);
    else if (type.kind === 'enum') writer.int32(enumNumber(type.type, value));
  }
  writer.close(start);
}

/** Entries in the order of the object's keys: sort them where equal maps must give equal bytes. */
function writeMap(writer: WireWriter, field: FieldType, entries: PlainObject): void {
  for (const key in entries) {
    if (entries[key] === undefined) continue;
    writer.uint32((field.number << 3) | wireTypeLengthDelimited);
    const start = writer.open();
    try {
      writeKey(writer, field, key);
      writeTagged(writer, 2, field.value, entries[key]);
    } catch (error) {
      throw within(key, error);
    }
    writer.close(start);
  }
}

function writeKey(writer: WireWriter, { key }: FieldType, text: string): void {
  if (key === undefined) throw new TypeError('a map without key type');
  writer.uint32((1 << 3) | key.scalar.wireType);
  key.scalar.write(writer, keyValue(key.name, text));
}

/** JavaScript's keys are strings; protobuf's may be integers and booleans. */
function keyValue(type: string, text: string): unknown {
  if (type === 'string' || type.endsWith('64')) return text;
  return type === 'bool' ? text === 'true' : Number(text);
}

function isImplicitDefault(type: ValueType, value: unknown): boolean {
  if (type.kind === 'scalar') return type.scalar.isDefault(value);
  return type.kind === 'enum' && enumNumber(type.type, value) === 0;
}

/** Numbers pass: a newer Envoy may know values that this build has no name for. */
function enumNumber(type: EnumType, value: unknown): number {
  const number = typeof value === 'string' ? type.numbers.get(value) : undefined;
  if (number !== undefined) return number;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw mismatch(`a value of ${type.name}`, value);
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw mismatch('a list', value);
  return value;
}

function objectOf(value: unknown): PlainObject {
  if (!isPlainObject(value)) throw mismatch('an object', value);
  return value;
}

function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
