import type { DeltaRequest } from './request-decoding.ts';
import type { RequestReading } from './request-reading.ts';
import { adjustSubscription, openSubscription, type SubscriptionChange } from './subscription.ts';
import { getTypeTraits } from './type-url.ts';
import { NO_CLAIMS, type Watch } from './watch.ts';

/**
 * Reads a delta request: it lists what to add to and take from the subscription, and its nonce, if any, answers a
 * response.
 *
 * A change of subscription counts whatever the nonce is, since a client never repeats it. Istio drops it when the
 * nonce has expired.
 * @see Istio pilot/pkg/xds/delta.go `shouldRespondDelta`
 */
export function readDeltaRequest(request: DeltaRequest, watch: Watch | undefined): RequestReading {
  if (watch === undefined) return request.refusal === undefined ? readFirst(request) : { kind: 'stray' };
  const change = readChange(request, watch);
  if (request.responseNonce === '') return { kind: 'changed', change };
  return { kind: request.responseNonce === watch.nonce ? 'answered' : 'expired', change };
}

function readFirst(request: DeltaRequest): RequestReading {
  const { named } = getTypeTraits(request.typeUrl);
  const lists = { subscribe: request.subscribe.toSet(), unsubscribe: request.unsubscribe.toSet() };
  const versions = request.initialVersions;
  const change = openSubscription(lists, versions.keys(), named);
  return { kind: 'opened', change, claims: versions.size === 0 ? NO_CLAIMS : { ...NO_CLAIMS, versions } };
}

function readChange({ subscribe, unsubscribe }: DeltaRequest, watch: Watch): SubscriptionChange | undefined {
  if (subscribe.isEmpty && unsubscribe.isEmpty) return undefined;
  const lists = { subscribe: subscribe.toSet(), unsubscribe: unsubscribe.toSet() };
  return adjustSubscription(watch.subscription, lists);
}
