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

/**
 * Encodes a whole response: the envelope's few bytes are written, the resources' are copied as they lie in the cache.
 */
export function encodeResponse(envelope: ResponseEnvelope, bodies: readonly EncodedBody[]): Buffer {
  const { protocol, typeUrl, version, nonce, removed } = envelope;
  let length = stringFieldLength(version) + stringFieldLength(typeUrl) + stringFieldLength(nonce);
  for (const name of removed) length += fieldLength(Buffer.byteLength(name));
  for (const body of bodies) length += body.bodyLength(protocol);

  const target = Buffer.allocUnsafe(length);
  let at = writeStringField(target, 0, RESPONSE.version, version);
  for (const body of bodies) at = body.writeBody(protocol, target, at);
  at = writeStringField(target, at, RESPONSE.typeUrl, typeUrl);
  for (const name of removed) {
    at = writeFieldHeader(target, at, RESPONSE.removed, Buffer.byteLength(name));
    at += target.write(name, at);
  }
  writeStringField(target, at, RESPONSE.nonce, nonce);
  return target;
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
