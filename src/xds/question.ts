import { encodeMessage } from '../gen/codec.ts';
import type { XdsRequest } from './request-decoding.ts';
import type { TypeUrl } from './type-url.ts';
import type { ConnectionRequest, XdsProtocol } from './view-source.ts';

/**
 * What operators ask of the control plane itself, over the same streams as proxies ask for configuration. A question is answered once, as of that
 * moment: nothing is followed, and nothing is pushed.
 * @see Istio pilot/pkg/xds/debuggen.go, statusgen.go
 */
export interface Question {
  /** Who asks, as it was admitted. */
  readonly connection: ConnectionRequest;
  /** `istio.io/debug`, or below it. */
  readonly typeUrl: TypeUrl;
  readonly names: readonly string[];
}

/** A part of an answer: a message of any type, or no message at all. */
export interface AnswerPart {
  readonly name: string;
  readonly typeUrl: TypeUrl;
  readonly bytes: Uint8Array;
}

/** @throws Fault `XDS_UNAUTHENTICATED`, `XDS_FORBIDDEN`, `XDS_REQUEST_INVALID`, which ends the stream. */
export type AnswerQuestion = (question: Question) => Promise<readonly AnswerPart[]>;

/** The type of questions whose name says what is asked. */
export const DEBUG_TYPE = 'istio.io/debug';

/** Whether a type is that of a question. */
export function isQuestion(typeUrl: TypeUrl): boolean {
  return typeUrl === DEBUG_TYPE || typeUrl.startsWith(`${DEBUG_TYPE}/`);
}

/** The names that a request asks for. */
export function namesOf(request: XdsRequest): readonly string[] {
  return [...(request.protocol === 'sotw' ? request.names : request.subscribe).toSet()];
}

/** The answer as a response of the stream's protocol. */
export function encodeAnswer(
  protocol: XdsProtocol,
  { typeUrl, nonce }: { readonly typeUrl: TypeUrl; readonly nonce: string },
  parts: readonly AnswerPart[],
): Buffer {
  const toAny = ({ typeUrl: type, bytes }: AnswerPart) => ({ type_url: type, value: bytes });
  if (protocol === 'sotw')
    return encodeMessage('envoy.service.discovery.v3.DiscoveryResponse', {
      version_info: nonce,
      resources: parts.map(toAny),
      type_url: typeUrl,
      nonce,
    });
  return encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryResponse', {
    resources: parts.map((part) => ({ name: part.name, version: nonce, resource: toAny(part) })),
    type_url: typeUrl,
    nonce,
  });
}
