import { MessageError, within } from './message-error.ts';
import { type EnumType, type FieldType, getMessageType, type MessageType, type ValueType } from './message-type.ts';
import { encodePlain } from './plain.ts';
import { mismatch } from './scalar.ts';
import { parseDuration, parseTimestamp, toSnakeCase, wrapperTypes } from './well-known.ts';

/** A message as `encodeMessage` takes it. */
type Message = Readonly<Record<string, unknown>>;

const specialTypes: Readonly<Record<string, (json: unknown) => Message>> = {
  'google.protobuf.Any': parseAny,
  'google.protobuf.Duration': (json) => ({ ...parseDuration(json) }),
  'google.protobuf.Timestamp': (json) => ({ ...parseTimestamp(json) }),
  'google.protobuf.FieldMask': parseFieldMask,
  'google.protobuf.Struct': parseStruct,
  'google.protobuf.ListValue': (json) => ({ values: listOf(json).map(parseValue) }),
  'google.protobuf.Value': parseValue,
};

/**
 * Turns protobuf's JSON into a message; fields in snake case or camel case, null for absent.
 *
 * @throws MessageError with the path of what does not fit.
 */
export function parseJson(type: MessageType, json: unknown): Message {
  const special = specialTypes[type.name];
  if (special !== undefined) return special(json);
  const wrapped = wrapperTypes.has(type.name) ? type.fields.get('value') : undefined;
  if (wrapped !== undefined) return { value: parseSingle(wrapped.value, json) };
  const message: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(objectOf(json))) {
    const field = type.fields.get(key) ?? type.fields.get(toSnakeCase(key));
    if (field === undefined) throw new MessageError(`${type.name} has no such field`, [key]);
    const parsed = at(key, () => parseField(field, value));
    if (parsed !== undefined) message[field.name] = parsed;
  }
  return message;
}

function parseField(field: FieldType, json: unknown): unknown {
  const type = field.value;
  // A `Value` is the one message that can say null.
  if (json === null && !(type.kind === 'message' && type.type.name === 'google.protobuf.Value')) return undefined;
  if (field.rule === 'map') {
    return Object.fromEntries(
      Object.entries(objectOf(json)).map(([key, entry]) => [key, at(key, () => parseSingle(type, entry))]),
    );
  }
  if (field.rule === 'repeated' || field.rule === 'packed')
    return listOf(json).map((item, i) => at(i, () => parseSingle(type, item)));
  return parseSingle(type, json);
}

function parseSingle(type: ValueType, json: unknown): unknown {
  if (type.kind === 'message') return parseJson(type.type, json);
  if (type.kind === 'enum') return parseEnum(type.type, json);
  return parseScalar(type.name, json);
}

function parseEnum(type: EnumType, json: unknown): unknown {
  if (typeof json === 'number' && Number.isInteger(json)) return type.names.get(json) ?? json;
  if (typeof json === 'string' && type.numbers.has(json)) return json;
  throw mismatch(`a value of ${type.name}`, json);
}

function parseScalar(type: string, json: unknown): unknown {
  if (type === 'bytes') return parseBytes(json);
  if (type === 'bool' || type === 'string' || typeof json !== 'string') return json;
  if (type.endsWith('64')) return json;
  // Integers and doubles may be quoted; a double may be 'NaN', 'Infinity' and '-Infinity'.
  const number = Number(json);
  if (json.trim() === '' || (Number.isNaN(number) && json !== 'NaN')) throw mismatch('a number', json);
  return number;
}

function parseBytes(json: unknown): Uint8Array {
  if (typeof json !== 'string' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(json)) throw mismatch('bytes in base64', json);
  return Buffer.from(json, 'base64');
}

function parseAny(json: unknown): Message {
  const { '@type': url, ...fields } = objectOf(json);
  if (typeof url !== 'string') throw new MessageError('an Any needs "@type"');
  const type = getMessageType(url.replace(/^.*\//, ''));
  const special = type.name in specialTypes || wrapperTypes.has(type.name);
  return { type_url: url, value: encodePlain(type.name, parseJson(type, special ? fields.value : fields)) };
}

function parseFieldMask(json: unknown): Message {
  if (typeof json !== 'string') throw mismatch('paths with commas between them', json);
  return { paths: json === '' ? [] : json.split(',').map(toSnakeCase) };
}

function parseStruct(json: unknown): Message {
  return {
    fields: Object.fromEntries(
      Object.entries(objectOf(json)).map(([key, value]) => [key, at(key, () => parseValue(value))]),
    ),
  };
}

function parseValue(json: unknown): Message {
  if (json === null || json === undefined) return { null_value: 'NULL_VALUE' };
  if (typeof json === 'string') return { string_value: json };
  if (typeof json === 'number') return { number_value: json };
  if (typeof json === 'boolean') return { bool_value: json };
  if (Array.isArray(json)) return { list_value: { values: json.map((item, i) => at(i, () => parseValue(item))) } };
  return { struct_value: parseStruct(json) };
}

function at<T>(segment: string | number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw within(segment, error);
  }
}

function listOf(json: unknown): readonly unknown[] {
  if (!Array.isArray(json)) throw mismatch('a list', json);
  return json;
}

function objectOf(json: unknown): Message {
  if (!isObject(json)) throw mismatch('an object', json);
  return json;
}

function isObject(json: unknown): json is Message {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
