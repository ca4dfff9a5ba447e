import protobuf from 'protobufjs/minimal.js';
import { addToRuns, NameList } from './name-list.ts';
import type { TypeUrl } from './type-url.ts';

/** What both kinds of request carry. */
interface RequestHead {
  readonly typeUrl: TypeUrl;
  /** The nonce of the response that this answers; empty for a request of the client's own accord. */
  readonly responseNonce: string;
  /** The encoded node; usually on a stream's first request alone. */
  readonly node: Buffer | undefined;
  /** Why the answered response was refused; `undefined` means that it was not. */
  readonly refusal: Refusal | undefined;
}

/** A NACK's `google.rpc.Status`. */
export interface Refusal {
  /** A gRPC status code. */
  readonly code: number;
  readonly message: string;
}

/** A decoded `DiscoveryRequest`. */
export interface SotwRequest extends RequestHead {
  readonly protocol: 'sotw';
  /** The version of the last response that the client accepted. */
  readonly version: string;
  /** All names that the client asks for. */
  readonly names: NameList;
}

/** A decoded `DeltaDiscoveryRequest`. */
export interface DeltaRequest extends RequestHead {
  readonly protocol: 'delta';
  readonly subscribe: NameList;
  readonly unsubscribe: NameList;
  /** Versions of the resources that the client holds from an earlier stream, by name. */
  readonly initialVersions: ReadonlyMap<string, string>;
}

/** Either request. */
export type XdsRequest = SotwRequest | DeltaRequest;

/** Field numbers. @see envoy/service/discovery/v3/discovery.proto */
const SOTW = { version: 1, node: 2, names: 3, typeUrl: 4, nonce: 5, error: 6 } as const;
const DELTA = { node: 1, typeUrl: 2, subscribe: 3, unsubscribe: 4, initialVersions: 5, nonce: 6, error: 7 } as const;

/**
 * Decodes an `envoy.service.discovery.v3.DiscoveryRequest`.
 * @throws Error when the bytes are no message.
 */
export function decodeSotwRequest(bytes: Buffer): SotwRequest {
  const reader = protobuf.Reader.create(bytes);
  const names: number[] = [];
  let typeUrl = '';
  let version = '';
  let responseNonce = '';
  let node: Buffer | undefined;
  let refusal: Refusal | undefined;
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case SOTW.version:
        version = reader.string();
        break;
      case SOTW.node:
        node = Buffer.from(reader.bytes());
        break;
      case SOTW.names:
        reader.skip(reader.uint32());
        addToRuns(names, start, reader.pos);
        break;
      case SOTW.typeUrl:
        typeUrl = reader.string();
        break;
      case SOTW.nonce:
        responseNonce = reader.string();
        break;
      case SOTW.error:
        refusal = readStatus(reader, reader.uint32() + reader.pos);
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return { protocol: 'sotw', typeUrl, version, responseNonce, node, refusal, names: new NameList(bytes, names) };
}

/**
 * Decodes an `envoy.service.discovery.v3.DeltaDiscoveryRequest`.
 * @throws Error when the bytes are no message.
 */
export function decodeDeltaRequest(bytes: Buffer): DeltaRequest {
  const reader = protobuf.Reader.create(bytes);
  const subscribe: number[] = [];
  const unsubscribe: number[] = [];
  let typeUrl = '';
  let responseNonce = '';
  let node: Buffer | undefined;
  let refusal: Refusal | undefined;
  let initialVersions: Map<string, string> | undefined;
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    switch (tag >>> 3) {
      case DELTA.node:
        node = Buffer.from(reader.bytes());
        break;
      case DELTA.typeUrl:
        typeUrl = reader.string();
        break;
      case DELTA.subscribe:
        reader.skip(reader.uint32());
        addToRuns(subscribe, start, reader.pos);
        break;
      case DELTA.unsubscribe:
        reader.skip(reader.uint32());
        addToRuns(unsubscribe, start, reader.pos);
        break;
      case DELTA.initialVersions:
        initialVersions ??= new Map();
        readVersion(reader, reader.uint32() + reader.pos, initialVersions);
        break;
      case DELTA.nonce:
        responseNonce = reader.string();
        break;
      case DELTA.error:
        refusal = readStatus(reader, reader.uint32() + reader.pos);
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  return {
    protocol: 'delta',
    typeUrl,
    responseNonce,
    node,
    refusal,
    subscribe: new NameList(bytes, subscribe),
    unsubscribe: new NameList(bytes, unsubscribe),
    initialVersions: initialVersions ?? NO_VERSIONS,
  };
}

const NO_VERSIONS: ReadonlyMap<string, string> = new Map();

/** Reads one entry of `initial_resource_versions`. */
function readVersion(reader: protobuf.Reader, end: number, versions: Map<string, string>): void {
  let name = '';
  let version = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) name = reader.string();
    else if (tag >>> 3 === 2) version = reader.string();
    else reader.skipType(tag & 7);
  }
  versions.set(name, version);
}

function readStatus(reader: protobuf.Reader, end: number): Refusal {
  let code = 0;
  let message = '';
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) code = reader.int32();
    else if (tag >>> 3 === 2) message = reader.string();
    else reader.skipType(tag & 7);
  }
  return { code, message };
}
