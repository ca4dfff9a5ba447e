import type { TypeUrl } from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { FieldCursor } from './field-cursor.ts';

/** Fields of `DiscoveryRequest` and `DeltaDiscoveryRequest`. */
const SOTW = { version: 1, node: 2, names: 3, typeUrl: 4, nonce: 5 } as const;
const DELTA = { node: 1, typeUrl: 2, names: 3, held: 5, nonce: 6 } as const;
/** Fields of an entry of a map. */
const ENTRY = { key: 1, value: 2 } as const;

/** What a client says to a server; which of it is said depends on the protocol. */
export interface Ask {
  readonly typeUrl: TypeUrl;
  /** The encoded `Node`, in the first request of a stream. */
  readonly node?: Buffer;
  /** Resource names, encoded by `encodeNames` for the same protocol: many proxies ask for the same ones. */
  readonly names?: Buffer;
  /** The response that is acknowledged. */
  readonly nonce?: string;
  /** The version that is held; only the state-of-the-world protocol has one for all. */
  readonly version?: string;
  /** Versions of what is held, encoded by `encodeHeld`; only the delta protocol asks for them. */
  readonly held?: Buffer;
}

/** Encodes a request. */
export function encodeRequest(protocol: XdsProtocol, ask: Ask): Buffer {
  const fields = protocol === 'sotw' ? SOTW : DELTA;
  const parts: Buffer[] = [];
  if (ask.node !== undefined) parts.push(encodeHead(fields.node, ask.node.length), ask.node);
  parts.push(encodeText(fields.typeUrl, ask.typeUrl));
  if (ask.names !== undefined) parts.push(ask.names);
  if (ask.nonce !== undefined) parts.push(encodeText(fields.nonce, ask.nonce));
  if (protocol === 'sotw' && ask.version) parts.push(encodeText(SOTW.version, ask.version));
  if (protocol === 'delta' && ask.held !== undefined) parts.push(ask.held);
  return Buffer.concat(parts);
}

/** Encodes the names that a request asks for. */
export function encodeNames(protocol: XdsProtocol, names: Iterable<string>): Buffer {
  const field = protocol === 'sotw' ? SOTW.names : DELTA.names;
  return Buffer.concat(Array.from(names, (name) => encodeText(field, name)));
}

/** Encodes versions by name, all of them ASCII, as `initial_resource_versions`. */
export function encodeHeld(held: ReadonlyMap<string, string>): Buffer {
  let length = 0;
  for (const [name, version] of held) length += fieldLength(entryLength(name, version));
  const target = Buffer.allocUnsafe(length);
  let at = 0;
  for (const [name, version] of held) {
    at = writeHead(target, at, DELTA.held, entryLength(name, version));
    at = writeText(target, at, ENTRY.key, name);
    at = writeText(target, at, ENTRY.value, version);
  }
  return target;
}

function entryLength(name: string, version: string): number {
  return fieldLength(name.length) + fieldLength(version.length);
}

/** What a server that only replays has to know of a request. */
export interface ScannedRequest {
  readonly typeUrl: TypeUrl;
  /** It answers a response, and asks for nothing. */
  readonly isAnswer: boolean;
}

/** Reads which type is asked for. */
export function scanRequest(protocol: XdsProtocol, bytes: Buffer): ScannedRequest {
  const fields = protocol === 'sotw' ? SOTW : DELTA;
  const cursor = new FieldCursor(bytes);
  let typeUrl = '';
  let isAnswer = false;
  while (cursor.next()) {
    if (cursor.field === fields.typeUrl) typeUrl = cursor.text();
    else if (cursor.field === fields.nonce) isAnswer = true;
  }
  return { typeUrl, isAnswer };
}

const LENGTH_DELIMITED = 2;
const VARINT_MORE = 0x80;

/** The bytes that a length-delimited field (number below 16) takes. */
function fieldLength(payload: number): number {
  let length = 2 + payload;
  for (let rest = payload >>> 7; rest > 0; rest >>>= 7) length++;
  return length;
}

function writeHead(target: Buffer, offset: number, field: number, payload: number): number {
  let at = offset;
  target[at++] = (field << 3) | LENGTH_DELIMITED;
  let rest = payload;
  for (; rest >= VARINT_MORE; rest >>>= 7) target[at++] = (rest & (VARINT_MORE - 1)) | VARINT_MORE;
  target[at++] = rest;
  return at;
}

function writeText(target: Buffer, offset: number, field: number, text: string): number {
  const at = writeHead(target, offset, field, text.length);
  return at + target.write(text, at, 'latin1');
}

function encodeHead(field: number, payload: number): Buffer {
  const target = Buffer.allocUnsafe(fieldLength(payload) - payload);
  writeHead(target, 0, field, payload);
  return target;
}

function encodeText(field: number, text: string): Buffer {
  const target = Buffer.allocUnsafe(fieldLength(text.length));
  writeText(target, 0, field, text);
  return target;
}
