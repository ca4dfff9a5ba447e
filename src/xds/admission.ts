import type { ServerDuplexStream } from '@grpc/grpc-js';
import { type XdsFaultCode, xdsFault } from './fault-status.ts';
import { decodeNode, type ProxyNode } from './node.ts';
import { decodeDeltaRequest, decodeSotwRequest, type XdsRequest } from './request-decoding.ts';
import type { SplicedResponse } from './response-encoding.ts';
import type { ConnectionRequest, XdsProtocol } from './view-source.ts';

/** A call of either method. Requests come as they travel, responses go spliced; answers to questions are whole. */
export type XdsCall = ServerDuplexStream<Buffer, SplicedResponse | Buffer>;

/** What is known of a stream before its first request. */
export type StreamKind = Pick<ConnectionRequest, 'protocol' | 'transport'>;

/** The names in an id have 253 characters at most; logs repeat it with every line about a proxy. */
const MAX_ID_CHARS = 2048;
const MAX_VERSION_CHARS = 64;

/**
 * Decodes a request of either protocol.
 * @throws Fault `XDS_REQUEST_INVALID`.
 */
export function decodeRequest(protocol: XdsProtocol, bytes: Buffer): XdsRequest {
  const request = decoding('XDS_REQUEST_INVALID', () =>
    protocol === 'sotw' ? decodeSotwRequest(bytes) : decodeDeltaRequest(bytes),
  );
  if (request.typeUrl === '') throw xdsFault('XDS_REQUEST_INVALID', 'type_url is missing');
  return request;
}

function decoding<T>(code: XdsFaultCode, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw xdsFault(code, `cannot decode: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/**
 * What a stream's first request tells of it.
 * @param serial Distinguishes the connections of one proxy.
 * @throws Fault `XDS_NODE_MISSING`, in Istio's words, or `XDS_NODE_INVALID`.
 * @see Istio pilot/pkg/xds/ads.go `initConnection`
 */
export function toConnection(call: XdsCall, request: XdsRequest, kind: StreamKind, serial: number): ConnectionRequest {
  const encoded = request.node;
  const node = encoded === undefined ? undefined : decoding('XDS_NODE_INVALID', () => decodeNode(encoded));
  if (node !== undefined && node.id.length > MAX_ID_CHARS)
    throw xdsFault('XDS_NODE_INVALID', `the node id is longer than ${MAX_ID_CHARS} characters`);
  if (node === undefined || node.id === '') throw xdsFault('XDS_NODE_MISSING', 'missing node information');
  const certificate = call.getAuthContext().sslPeerCertificate;
  return {
    ...kind,
    id: `${nameOf(node)}-${serial}`,
    peerAddress: call.getPeer(),
    node,
    header: (name) => call.metadata.get(name).map(String),
    ...(certificate === undefined ? {} : { peerCertificate: certificate.raw }),
  };
}

/** The third part of `type~address~name~domain`, which is how operators know a proxy; else the whole id. */
function nameOf({ id }: ProxyNode): string {
  const [, , name, ...rest] = id.split('~');
  return name !== undefined && name !== '' && rest.length === 1 ? name : id;
}

/** Istio's version as the node tells it, for metrics. */
export function versionOf({ metadata }: ProxyNode): string {
  const version = metadata.ISTIO_VERSION;
  return typeof version === 'string' && version !== '' ? version.slice(0, MAX_VERSION_CHARS) : 'unknown';
}
