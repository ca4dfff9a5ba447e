import { decodeMessage, encodeMessage } from '../../gen/codec.ts';
import { STATUS } from '../grpc/status.ts';
import type { AdsForm } from './ads-message.ts';
import type { LocalType } from './local-type.ts';

/** Asks for a type on Envoy's stream; Envoy itself has told who it is. */
export function encodeSubscription(typeUrl: string, form: AdsForm): Buffer {
  if (form === 'sotw') return encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', { type_url: typeUrl });
  return encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryRequest', { type_url: typeUrl });
}

/** Gives a response to the type's `apply`. @returns the ACK, or the NACK with what it threw */
export function answerLocally(type: LocalType, response: Buffer, form: AdsForm): Buffer {
  return form === 'sotw' ? answerSotw(type, response) : answerDelta(type, response);
}

function answerSotw(type: LocalType, bytes: Buffer): Buffer {
  const response = decodeMessage('envoy.service.discovery.v3.DiscoveryResponse', bytes);
  const { resources = [], nonce = '', version_info: version = '' } = response;
  const refusal = findRefusal(() =>
    type.apply(
      resources.map(({ value = Buffer.of() }) => ({ name: '', bytes: Buffer.from(value) })),
      [],
    ),
  );
  return encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', {
    type_url: type.typeUrl,
    response_nonce: nonce,
    ...(refusal === undefined ? { version_info: version } : { error_detail: refusal }),
  });
}

function answerDelta(type: LocalType, bytes: Buffer): Buffer {
  const response = decodeMessage('envoy.service.discovery.v3.DeltaDiscoveryResponse', bytes);
  const { resources = [], removed_resources: removed = [], nonce = '' } = response;
  const refusal = findRefusal(() =>
    type.apply(
      resources.map(({ name = '', resource }) => ({ name, bytes: Buffer.from(resource?.value ?? []) })),
      removed,
    ),
  );
  return encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryRequest', {
    type_url: type.typeUrl,
    response_nonce: nonce,
    ...(refusal !== undefined && { error_detail: refusal }),
  });
}

function findRefusal(apply: () => void): { readonly code: number; readonly message: string } | undefined {
  try {
    apply();
    return undefined;
  } catch (err) {
    return { code: STATUS.internal, message: err instanceof Error ? err.message : String(err) };
  }
}
