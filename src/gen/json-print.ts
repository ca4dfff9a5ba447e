import { type FieldType, findMessageType, type MessageType, type ValueType } from './message-type.ts';
import { MessageError } from './message-error.ts';
import { decodePlain } from './plain.ts';
import { printDuration, printTimestamp, toCamelCase, wrapperTypes } from './well-known.ts';

/** A decoded message, whose type says what is inside. */
type Message = Readonly<Record<string, unknown>>;

/** Messages with a JSON form of their own. */
const specialTypes: Readonly<Record<string, (message: Message) => unknown>> = {
  'google.protobuf.Any': printAny,
  'google.protobuf.Duration': printDuration,
  'google.protobuf.Timestamp': printTimestamp,
  'google.protobuf.FieldMask': ({ paths }) =>
    listOf(paths)
      .map((path) => toCamelCase(String(path)))
      .join(','),
  'google.protobuf.Struct': ({ fields }) => printStruct(messageOf(fields)),
  'google.protobuf.ListValue': ({ values }) => listOf(values).map((value) => printValue(messageOf(value))),
  'google.protobuf.Value': printValue,
};

/** Turns a decoded message into protobuf's JSON, field names in snake case, every `Any` unpacked. */
export function printJson(type: MessageType, message: Message): unknown {
  const special = specialTypes[type.name];
  if (special !== undefined) return special(message);
  if (wrapperTypes.has(type.name)) return printWrapper(type, message);
  const json: Record<string, unknown> = {};
  for (const field of type.fields.values()) {
    const value = message[field.name];
    if (value !== undefined) json[field.name] = printField(field, value);
  }
  return json;
}

function printField(field: FieldType, value: unknown): unknown {
  if (field.rule === 'map') {
    return Object.fromEntries(
      Object.entries(messageOf(value)).map(([key, entry]) => [key, printSingle(field.value, entry)]),
    );
  }
  if (field.rule === 'repeated' || field.rule === 'packed')
    return listOf(value).map((item) => printSingle(field.value, item));
  return printSingle(field.value, value);
}

function printSingle(type: ValueType, value: unknown): unknown {
  if (type.kind === 'message') return printJson(type.type, messageOf(value));
  if (type.kind === 'enum') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (type.name.endsWith('64')) return String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

function printWrapper(type: MessageType, message: Message): unknown {
  const field = type.fields.get('value');
  const value = message.value;
  if (field === undefined || value !== undefined) return field && printField(field, value);
  const name = type.name.slice('google.protobuf.'.length);
  if (name === 'BoolValue') return false;
  if (name === 'StringValue' || name === 'BytesValue') return '';
  return name.endsWith('64Value') ? '0' : 0;
}

function printAny({ type_url: url, value: bytes }: Message): unknown {
  const name = String(url ?? '').replace(/^.*\//, '');
  const type = findMessageType(name);
  const value = bytes instanceof Uint8Array ? bytes : Buffer.alloc(0);
  const decoded = type && decodeInner(name, value);
  if (type === undefined || decoded === undefined)
    return { '@type': url, value: Buffer.from(value).toString('base64') };
  const json = printJson(type, decoded);
  return name in specialTypes || wrapperTypes.has(name)
    ? { '@type': url, value: json }
    : { '@type': url, ...messageOf(json) };
}

/** Bytes that are not what their URL says are printed as bytes: one bad `Any` must not hide the rest of a dump. */
function decodeInner(name: string, bytes: Uint8Array): Message | undefined {
  try {
    return decodePlain(name, bytes);
  } catch (error) {
    if (error instanceof MessageError) return undefined;
    throw error;
  }
}

function printStruct(fields: Message): unknown {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, printValue(messageOf(value))]));
}

function printValue(value: Message): unknown {
  if (value.struct_value !== undefined) return printStruct(messageOf(messageOf(value.struct_value).fields));
  if (value.list_value !== undefined)
    return listOf(messageOf(value.list_value).values).map((item) => printValue(messageOf(item)));
  return value.string_value ?? value.number_value ?? value.bool_value ?? null;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function messageOf(value: unknown): Message {
  return isMessage(value) ? value : {};
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null;
}
