import { parseJson } from './json-parse.ts';
import { printJson } from './json-print.ts';
import { getMessageType } from './message-type.ts';
import type { google_protobuf_Any, MessageTypes } from './messages.ts';
import { decodePlain, encodePlain } from './plain.ts';

/** Full name of a generated message. */
export type MessageName = keyof MessageTypes;

/** Every `Any` that Envoy reads has this in front of the message's name. */
const typeUrlPrefix = 'type.googleapis.com/';

/**
 * Encodes a message. Equal messages give equal bytes: fields go by number, maps in the order of their keys.
 *
 * @throws MessageError, with the path, for a field that the type lacks, a value of another type, an unknown enum value.
 */
export function encodeMessage<T extends MessageName>(type: T, message: MessageTypes[T]): Buffer {
  return encodePlain(type, message);
}

/**
 * Decodes a message: only fields that were on the wire, enums by name (unknown ones as numbers), 64-bit integers as
 * numbers while exact and else as decimal strings, bytes as views into `bytes`. Unknown fields are left out.
 *
 * @throws MessageError when `bytes` are no such message.
 */
export function decodeMessage<T extends MessageName>(type: T, bytes: Uint8Array): MessageTypes[T] {
  return decodePlain(type, bytes) as MessageTypes[T];
}

/** Encodes a message into an `Any` of its type. */
export function packAny<T extends MessageName>(type: T, message: MessageTypes[T]): google_protobuf_Any {
  return { type_url: toTypeUrl(type), value: encodeMessage(type, message) };
}

/** Decodes the `Any` when it holds this type, and gives undefined when it holds another. */
export function unpackAny<T extends MessageName>(type: T, any: google_protobuf_Any): MessageTypes[T] | undefined {
  return any.type_url === toTypeUrl(type) ? decodeMessage(type, any.value) : undefined;
}

/** The type URL of a message name. */
export function toTypeUrl(name: string): string {
  return `${typeUrlPrefix}${name}`;
}

/**
 * Protobuf's JSON of encoded bytes, as Envoy's `config_dump` prints it: fields in snake case, each `Any` unpacked into
 * `{ '@type': url, … }` at every depth; one of a type that was not generated keeps its bytes, in base64, in `value`.
 */
export function toJson(type: string, bytes: Uint8Array): unknown {
  return printJson(getMessageType(type), decodePlain(type, bytes));
}

/** `toJson` of a message that is not encoded yet. */
export function messageToJson<T extends MessageName>(type: T, message: MessageTypes[T]): unknown {
  return printJson(getMessageType(type), { ...message });
}

/**
 * Reads protobuf's JSON (field names in snake or camel case) and encodes it.
 *
 * @throws MessageError with the path of what does not fit.
 */
export function fromJson(type: string, json: unknown): Buffer {
  return encodePlain(type, parseJson(getMessageType(type), json));
}

/** `fromJson` without the encoding: the message as plain object. */
export function messageFromJson<T extends MessageName>(type: T, json: unknown): MessageTypes[T] {
  return parseJson(getMessageType(type), json) as MessageTypes[T];
}

/**
 * A plain object as the message that it is.
 *
 * @throws MessageError with the path, when it is none of that type.
 */
export function messageOf<T extends MessageName>(type: T, plain: object): MessageTypes[T] {
  encodePlain(type, plain);
  return plain as MessageTypes[T];
}

/** @throws MessageError as `encodeMessage` does: for tests and for objects that other code did not type-check. */
export function verifyMessage<T extends MessageName>(type: T, message: MessageTypes[T]): void {
  encodePlain(type, message);
}
