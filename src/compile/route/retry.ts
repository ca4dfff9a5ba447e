import { packAny } from '../../gen/codec.ts';
import type {
  envoy_config_route_v3_RetryPolicy as RetryPolicy,
  envoy_config_route_v3_RetryPolicy_RetryHostPredicate as RetryHostPredicate,
  envoy_config_route_v3_RetryPolicy_RetryPriority as RetryPriority,
} from '../../gen/messages.ts';
import type { Retries } from '../../model/virtual-service.ts';
import { durationOf, uint32Of } from '../wire.ts';

const DEFAULT_RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const DEFAULT_ATTEMPTS = 2;

// A request that was reset before it reached the application was never processed: retrying it is safe whatever it does.
const INBOUND_RETRY_ON = 'reset-before-request';

const PREVIOUS_HOSTS: RetryHostPredicate = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  typed_config: packAny('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate', {}),
};

const PREVIOUS_PRIORITIES: RetryPriority = {
  name: 'envoy.retry_priorities.previous_priorities',
  typed_config: packAny('envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig', {
    update_frequency: 2,
  }),
};

/**
 * Compiles the retries of an outbound route; `undefined` in, Istio's default out. `attempts` 0 is no policy at all.
 *
 * A retry goes to another host, except where `hashed` says that the hash decides the host.
 * @see istio pilot/pkg/networking/core/route/retry/retry.go `ConvertPolicy`
 */
export function compileRetryPolicy(retries: Retries | undefined, hashed: boolean): RetryPolicy | undefined {
  if (retries !== undefined && retries.attempts <= 0) return undefined;
  const otherHost = retries?.retryIgnorePreviousHosts ?? !hashed;
  return {
    ...compileConditions(retries?.retryOn, DEFAULT_RETRY_ON),
    num_retries: uint32Of(retries?.attempts ?? DEFAULT_ATTEMPTS),
    ...(retries?.perTryTimeoutMs !== undefined && { per_try_timeout: durationOf(retries.perTryTimeoutMs) }),
    ...(retries?.retryRemoteLocalities && { retry_priority: PREVIOUS_PRIORITIES }),
    ...(otherHost && { retry_host_predicate: [PREVIOUS_HOSTS] }),
    host_selection_retry_max_attempts: 5,
    ...compileBackOff(retries),
  };
}

/** Compiles the retries of an inbound route, which has one host only: attempts, conditions and back-off are all that applies. */
export function compileInboundRetryPolicy(retries: Retries | undefined): RetryPolicy | undefined {
  if (retries !== undefined && retries.attempts <= 0) return undefined;
  return {
    ...compileConditions(retries?.retryOn, INBOUND_RETRY_ON),
    num_retries: uint32Of(retries?.attempts ?? DEFAULT_ATTEMPTS),
    ...compileBackOff(retries),
  };
}

function compileBackOff(retries: Retries | undefined): Pick<RetryPolicy, 'retry_back_off'> {
  return retries?.backoffMs === undefined ? {} : { retry_back_off: { base_interval: durationOf(retries.backoffMs) } };
}

/** Users may write status codes among the conditions; Envoy has them in a list of their own, behind a condition that turns it on. */
function compileConditions(
  text: string | undefined,
  byDefault: string,
): Pick<RetryPolicy, 'retry_on' | 'retriable_status_codes'> {
  if (!text) return { retry_on: byDefault };
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const codes = parts.filter(isStatusCode).map(Number);
  const conditions = parts.filter((part) => !isStatusCode(part));
  if (codes.length === 0) return { retry_on: conditions.join(',') };
  const isOn = conditions.some((part) => part.includes(RETRIABLE_CODES));
  return { retry_on: [...conditions, ...(isOn ? [] : [RETRIABLE_CODES])].join(','), retriable_status_codes: codes };
}

const RETRIABLE_CODES = 'retriable-status-codes';

/** Ranges of the status codes that have a registered meaning. */
const REGISTERED = [
  [100, 103],
  [200, 208],
  [226, 226],
  [300, 305],
  [307, 308],
  [400, 418],
  [421, 426],
  [428, 429],
  [431, 431],
  [451, 451],
  [500, 508],
  [510, 511],
] as const;

function isStatusCode(text: string): boolean {
  if (!/^\d+$/.test(text)) return false;
  const code = Number(text);
  return REGISTERED.some(([from, to]) => code >= from && code <= to);
}
