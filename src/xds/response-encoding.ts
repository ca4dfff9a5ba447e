import type { Resource } from './resource.ts';
import type { TypeUrl } from './type-url.ts';
import type { XdsProtocol } from './view-source.ts';
import { fieldLength, stringFieldLength, writeBytesField, writeFieldHeader, writeStringField } from './wire.ts';

/**
 * Field numbers of `DiscoveryResponse` and `DeltaDiscoveryResponse`; the two share what matters.
 * @see envoy/service/discovery/v3/discovery.proto
 */
const RESPONSE = { version: 1, resources: 2, typeUrl: 4, nonce: 5, removed: 6 } as const;
/** Field numbers of `envoy.service.discovery.v3.Resource`. */
const RESOURCE = { version: 1, resource: 2, name: 3 } as const;
/** Field numbers of `google.protobuf.Any`. */
const ANY = { typeUrl: 1, value: 2 } as const;

/** Bytes that are already encoded, to be copied into a response. */
export interface EncodedBody {
  /** Length in bytes. */
  bodyLength(protocol: XdsProtocol): number;
  /** Copies the bytes to `offset` and returns the offset behind them. */
  writeBody(protocol: XdsProtocol, target: Buffer, offset: number): number;
}

/** What differs from stream to stream in a response. */
export interface ResponseEnvelope {
  readonly protocol: XdsProtocol;
  readonly typeUrl: TypeUrl;
  readonly version: string;
  readonly nonce: string;
  /** Names whose removal is told; only the delta protocol can. */
  readonly removed: readonly string[];
}

/** A response whose bytes are still spread over the cache. */
export interface SplicedResponse {
  /** Length in bytes. */
  readonly length: number;
  /** Writes the bytes to `offset`, where there has to be room for all. */
  writeTo(target: Buffer, offset: number): void;
}

/**
 * Prepares a whole response: the envelope's few bytes are written, the resources' are copied as they lie in the cache,
 * and not before somebody has a place for them.
 */
export function spliceResponse(envelope: ResponseEnvelope, bodies: readonly EncodedBody[]): SplicedResponse {
  const { protocol, typeUrl, version, nonce, removed } = envelope;
  let length = stringFieldLength(version) + stringFieldLength(typeUrl) + stringFieldLength(nonce);
  for (const name of removed) length += fieldLength(Buffer.byteLength(name));
  for (const body of bodies) length += body.bodyLength(protocol);
  return { length, writeTo: (target, offset) => writeResponse(target, offset, envelope, bodies) };
}

function writeResponse(
  target: Buffer,
  offset: number,
  { protocol, typeUrl, version, nonce, removed }: ResponseEnvelope,
  bodies: readonly EncodedBody[],
): void {
  let at = writeStringField(target, offset, RESPONSE.version, version);
  for (const body of bodies) at = body.writeBody(protocol, target, at);
  at = writeStringField(target, at, RESPONSE.typeUrl, typeUrl);
  for (const name of removed) {
    at = writeFieldHeader(target, at, RESPONSE.removed, Buffer.byteLength(name));
    at += target.write(name, at);
  }
  writeStringField(target, at, RESPONSE.nonce, nonce);
}

/** Encodes a whole response into a buffer of its own. */
export function encodeResponse(envelope: ResponseEnvelope, bodies: readonly EncodedBody[]): Buffer {
  return toBuffer(spliceResponse(envelope, bodies));
}

/** The response in a buffer of its own. */
export function toBuffer(response: SplicedResponse): Buffer {
  const target = Buffer.allocUnsafe(response.length);
  response.writeTo(target, 0);
  return target;
}

/**
 * The response as grpc-js takes it without a copy of its own.
 *
 * grpc-js asks a message for its `byteLength` and has it `copy` itself behind the five bytes of the message's header.
 * This message does so straight from the cache. A plain buffer would be filled first and copied then, which costs a
 * third of the processor's time when a storm of proxies connects.
 * @see @grpc/grpc-js src/server-interceptors.ts `serializeMessage`
 */
export function toGrpcMessage(response: SplicedResponse): Buffer {
  const copy = (target: Buffer, offset = 0) => {
    response.writeTo(target, offset);
    return response.length;
  };
  return Object.defineProperties(Buffer.alloc(0), {
    byteLength: { value: response.length },
    copy: { value: copy },
  });
}

/** The bytes that one resource takes in a response's `resources`. */
export function resourceLength(protocol: XdsProtocol, typeUrl: TypeUrl, resource: Resource): number {
  const any = anyLength(typeUrl, resource);
  return fieldLength(protocol === 'sotw' ? any : wrapperLength(any, resource));
}

/** Writes one entry of a response's `resources` and returns the offset behind it. */
export function writeResource(target: Buffer, offset: number, protocol: XdsProtocol, entry: Entry): number {
  const { typeUrl, resource } = entry;
  const any = anyLength(typeUrl, resource);
  if (protocol === 'sotw') return writeAny(target, writeFieldHeader(target, offset, RESPONSE.resources, any), entry);

  let at = writeFieldHeader(target, offset, RESPONSE.resources, wrapperLength(any, resource));
  at = writeStringField(target, at, RESOURCE.version, resource.version);
  at = writeAny(target, writeFieldHeader(target, at, RESOURCE.resource, any), entry);
  return writeStringField(target, at, RESOURCE.name, resource.name);
}

/** One resource and the type under which it is packed. */
export interface Entry {
  readonly typeUrl: TypeUrl;
  readonly resource: Resource;
}

function anyLength(typeUrl: TypeUrl, resource: Resource): number {
  return stringFieldLength(typeUrl) + fieldLength(resource.bytes.length);
}

/** The length of the `Resource` message that the delta protocol wraps around the `Any`. */
function wrapperLength(any: number, resource: Resource): number {
  return stringFieldLength(resource.version) + fieldLength(any) + stringFieldLength(resource.name);
}

function writeAny(target: Buffer, offset: number, { typeUrl, resource }: Entry): number {
  const at = writeStringField(target, offset, ANY.typeUrl, typeUrl);
  return writeBytesField(target, at, ANY.value, resource.bytes);
}
