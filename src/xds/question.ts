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

/** Whoever answers questions. */
export interface Answerer {
  readonly answer: AnswerQuestion;
  /** Which control plane it is, in the JSON that istioctl reads. */
  readonly identifier: string;
}

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
  { identifier, ...head }: { readonly typeUrl: TypeUrl; readonly nonce: string; readonly identifier: string },
  parts: readonly AnswerPart[],
): Buffer {
  const common = { type_url: head.typeUrl, nonce: head.nonce, control_plane: { identifier } };
  const version = head.nonce;
  const toAny = ({ typeUrl: type, bytes }: AnswerPart) => ({ type_url: type, value: bytes });
  if (protocol === 'sotw')
    return encodeMessage('envoy.service.discovery.v3.DiscoveryResponse', {
      ...common,
      version_info: version,
      resources: parts.map(toAny),
    });
  return encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryResponse', {
    ...common,
    resources: parts.map((part) => ({ name: part.name, version, resource: toAny(part) })),
  });
}
