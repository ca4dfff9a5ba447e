import { decodeMessage, messageToJson, packAny, toJson } from '../../gen/codec.ts';
import { parseForeignJson } from '../../gen/json-foreign.ts';
import { mergeMessage, mergePlain } from '../../gen/merge.ts';
import { MessageError } from '../../gen/message-error.ts';
import { findMessageType } from '../../gen/message-type.ts';
import type { google_protobuf_Any, MessageTypes } from '../../gen/messages.ts';
import { decodePlain, encodePlain } from '../../gen/plain.ts';

type Plain = Readonly<Record<string, unknown>>;

/**
 * Merges what two `Any` hold. They must hold the same type; a `TypedStruct` counts as what it stands for.
 * @throws MessageError when they do not, or when the type is one that we cannot read.
 */
export function mergeAny(base: google_protobuf_Any, patch: google_protobuf_Any): google_protobuf_Any {
  const struct = findTypedStruct(base);
  if (struct !== undefined) return packAny(TYPED_STRUCT, mergeStruct(struct, readTypedStruct(patch)));
  const type = findMessageType(nameOf(base.type_url));
  if (type === undefined) throw new MessageError(`it changes a ${nameOf(base.type_url)}, which is not known here`);
  const merged = mergePlain(type, decodePlain(type.name, base.value), readAs(type.name, patch), 'append');
  return { type_url: base.type_url, value: encodePlain(type.name, merged) };
}

/** Whether two `Any` hold the same type, and could be merged. */
export function isSameType(one: google_protobuf_Any, other: google_protobuf_Any): boolean {
  return contentTypeOf(one) === contentTypeOf(other);
}

function contentTypeOf(any: google_protobuf_Any): string {
  return nameOf(findTypedStruct(any)?.type_url ?? any.type_url);
}

function mergeStruct(base: TypedStruct, patch: TypedStruct): TypedStruct {
  checkSameType(nameOf(patch.type_url ?? ''), nameOf(base.type_url ?? ''));
  return mergeMessage(TYPED_STRUCT, base, patch, 'append');
}

const TYPED_STRUCT = 'xds.type.v3.TypedStruct';
const TYPED_STRUCTS: readonly string[] = [TYPED_STRUCT, 'udpa.type.v1.TypedStruct'];

type TypedStruct = MessageTypes[typeof TYPED_STRUCT];

function readAs(type: string, any: google_protobuf_Any): Plain {
  const struct = findTypedStruct(any);
  checkSameType(nameOf(struct?.type_url ?? any.type_url), type);
  if (struct === undefined) return decodePlain(type, any.value);
  // What our protos do not know of it cannot be merged into what they describe.
  return parseForeignJson(type, messageToJson('google.protobuf.Struct', struct.value ?? {})).message;
}

/** The content of any `Any` as structure; of a message that is one, its fields. */
function readTypedStruct(any: google_protobuf_Any): TypedStruct {
  const struct = findTypedStruct(any);
  if (struct !== undefined) return struct;
  const name = nameOf(any.type_url);
  if (findMessageType(name) === undefined) throw new MessageError(`${name} is not known here`);
  const { message } = parseForeignJson('google.protobuf.Struct', toJson(name, any.value));
  return { type_url: any.type_url, value: message };
}

function checkSameType(patch: string, base: string): void {
  if (patch !== base) throw new MessageError(`it is a ${patch}, but what it changes is a ${base}`);
}

/** Both forms of a `TypedStruct` have the same fields under the same numbers. */
function findTypedStruct({ type_url, value }: google_protobuf_Any): TypedStruct | undefined {
  return TYPED_STRUCTS.includes(nameOf(type_url)) ? decodeMessage(TYPED_STRUCT, value) : undefined;
}

function nameOf(typeUrl: string): string {
  return typeUrl.replace(/^.*\//, '');
}
