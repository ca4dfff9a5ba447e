import type { SotwRequest } from './request-decoding.ts';
import type { RequestReading } from './request-reading.ts';
import { replaceSubscription } from './subscription.ts';
import { getTypeTraits } from './type-url.ts';
import { NO_CLAIMS, type Watch } from './watch.ts';

/**
 * Reads a state-of-the-world request: it lists everything the client wants, and its nonce tells ACKs from the rest.
 *
 * An empty nonce begins anew, as does any nonce on a stream that knows no such watch: the client has come from another
 * replica. A request with an older nonce was written before the client saw the last response, and will be followed by
 * one that answers that.
 * @see Istio pkg/xds/server.go `ShouldRespond`
 */
export function readSotwRequest(request: SotwRequest, watch: Watch | undefined): RequestReading {
  if (request.refusal !== undefined && watch === undefined) return { kind: 'stray' };
  const { named } = getTypeTraits(request.typeUrl);
  if (named && request.names.isEmpty) return { kind: 'closed' };

  const begins = watch === undefined || request.responseNonce === '';
  if (!begins && request.responseNonce !== watch.nonce) return { kind: 'expired', change: undefined };
  const change = replaceSubscription(watch?.subscription, request.names.toSet(), named);
  if (!begins) return { kind: 'answered', change };
  const claims = request.version === '' ? NO_CLAIMS : { ...NO_CLAIMS, version: request.version };
  return { kind: 'opened', change, claims };
}
