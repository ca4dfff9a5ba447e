import { parseJson } from './json-parse.ts';
import { within } from './message-error.ts';
import { type FieldType, findMessageType, getMessageType, type MessageType } from './message-type.ts';
import { encodePlain } from './plain.ts';
import { toSnakeCase, wrapperTypes } from './well-known.ts';

/** Something in foreign JSON that our protos do not know. */
export interface ForeignPart {
  readonly kind: 'field' | 'type';
  readonly path: readonly (string | number)[];
  /** The field's name, or the type URL. */
  readonly name: string;
  /** Whether Envoy gets it all the same, and decides; else it is left out. */
  readonly isKept: boolean;
}

/** A message that was read from foreign JSON. */
export interface ForeignMessage {
  readonly message: Readonly<Record<string, unknown>>;
  readonly unknown: readonly ForeignPart[];
}

type Json = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

const typedStruct = 'type.googleapis.com/xds.type.v3.TypedStruct';

/**
 * Reads protobuf's JSON that may be written for another version of the protos.
 *
 * An `Any` of a type that is not generated, or with fields that its type lacks, becomes a `TypedStruct`, which Envoy converts itself: it is
 * the one to know. Unknown fields anywhere else are left out.
 *
 * @throws MessageError with the path, for anything but unknown names.
 */
export function parseForeignJson(type: string, json: unknown): ForeignMessage {
  const unknown: ForeignPart[] = [];
  const known = tidy(getMessageType(type), json, { path: [], unknown });
  const message = parseJson(getMessageType(type), known);
  // Only encoding looks at the types of scalars.
  encodePlain(type, message);
  return { message, unknown };
}

interface Walk {
  readonly path: Path;
  readonly unknown: ForeignPart[];
}

function tidy(type: MessageType, json: unknown, walk: Walk): unknown {
  if (type.name === 'google.protobuf.Any') return tidyAny(json, walk);
  if (type.name.startsWith('google.protobuf.') || !isObject(json)) return json;
  const known: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(json)) {
    const field = type.fields.get(key) ?? type.fields.get(toSnakeCase(key));
    const path = [...walk.path, key];
    if (field === undefined) walk.unknown.push({ kind: 'field', path, name: key, isKept: false });
    else known[key] = tidyField(field, value, { ...walk, path });
  }
  return known;
}

function tidyField(field: FieldType, json: unknown, walk: Walk): unknown {
  const { value } = field;
  if (value.kind !== 'message') return json;
  const { type } = value;
  if (field.rule === 'map' && isObject(json)) {
    return Object.fromEntries(
      Object.entries(json).map(([key, entry]) => [key, tidy(type, entry, { ...walk, path: [...walk.path, key] })]),
    );
  }
  if (Array.isArray(json)) return json.map((item, i) => tidy(type, item, { ...walk, path: [...walk.path, i] }));
  return tidy(type, json, walk);
}

function tidyAny(json: unknown, walk: Walk): unknown {
  if (!isObject(json)) return json;
  const { '@type': url, ...fields } = json;
  if (typeof url !== 'string') return json;
  const type = findMessageType(url.replace(/^.*\//, ''));
  if (type === undefined) {
    walk.unknown.push({ kind: 'type', path: [...walk.path, '@type'], name: url, isKept: true });
    return toTypedStruct(url, fields);
  }
  if (type.name.startsWith('google.protobuf.') || wrapperTypes.has(type.name)) return json;
  const inner: Walk = { path: walk.path, unknown: [] };
  const known = tidy(type, fields, inner);
  const isForeign = inner.unknown.some(({ isKept }) => !isKept);
  walk.unknown.push(...(isForeign ? inner.unknown.map((part) => ({ ...part, isKept: true })) : inner.unknown));
  if (isForeign) {
    // What is known of it must be right all the same: Envoy's own words about a mistake come late and far from its place.
    checkKnown(type, known, walk.path);
    return toTypedStruct(url, fields);
  }
  return { '@type': url, ...(isObject(known) ? known : {}) };
}

function checkKnown(type: MessageType, known: unknown, path: Path): void {
  try {
    encodePlain(type.name, parseJson(type, known));
  } catch (error) {
    throw path.reduceRight<unknown>((inner, segment) => within(segment, inner), error);
  }
}

function toTypedStruct(url: string, value: Json): Json {
  return { '@type': typedStruct, type_url: url, value };
}

function isObject(json: unknown): json is Json {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
