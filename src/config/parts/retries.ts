import type { Static } from 'typebox';
import type { Retries } from '../../model/virtual-service.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { toDurationMs } from '../schema/duration.ts';
import { flag, object, text, whole } from '../schema/fields.ts';

/** When and how failed requests are tried again. */
export const RETRIES = object('When and how failed requests are tried again.', {
  required: {},
  optional: {
    attempts: whole('How often a request is tried again; 0 turns retries off.', { minimum: 0, absent: '0' }),
    perTryTimeout: text('How long one try may take.', { format: 'duration', absent: 'the timeout of the route' }),
    retryOn: text('Comma-separated conditions, named as Envoy names them, and HTTP status codes.', {
      absent: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
    }),
    retryRemoteLocalities: flag('Whether another try may go to another locality.', { absent: 'false' }),
    retryIgnorePreviousHosts: flag('Whether another try avoids hosts that were tried before.', {
      absent: 'true, unless requests are hashed to hosts',
    }),
    backoff: text('Shortest wait between tries; it doubles with each.', { format: 'duration', absent: '25ms' }),
  },
});

export type WrittenRetries = Static<typeof RETRIES>;

/** Envoy's `x-envoy-retry-on` and `x-envoy-retry-grpc-on` in one. */
const CONDITIONS: ReadonlySet<string> = new Set([
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'retriable-headers',
  'http3-post-connect-failure',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
]);

export function checkRetries(retries: WrittenRetries | undefined, at: Pointer, report: IssueReport): void {
  if (retries === undefined) return;
  const { attempts = 0, retryOn = '' } = retries;
  if (attempts === 0) {
    for (const name of ['perTryTimeout', 'retryOn', 'retryRemoteLocalities'] as const) {
      if (retries[name] === undefined) continue;
      report.add(
        'RETRIES_OFF',
        at.to(name),
        `${at.to(name)} has no effect: without attempts there are no retries`,
        'key',
      );
    }
  }
  for (const condition of listConditions(retryOn)) {
    if (CONDITIONS.has(condition) || isStatusCode(condition)) continue;
    report.add(
      'RETRY_ON_UNKNOWN',
      at.to('retryOn'),
      `"${condition}" is no condition of a retry, expected one of Envoy's names or an HTTP status code`,
    );
  }
}

export function parseRetries({
  attempts = 0,
  perTryTimeout,
  retryOn,
  retryRemoteLocalities,
  retryIgnorePreviousHosts,
  backoff,
}: WrittenRetries): Retries {
  return {
    attempts,
    ...present({
      perTryTimeoutMs: perTryTimeout === undefined ? undefined : toDurationMs(perTryTimeout),
      retryOn: retryOn || undefined,
      retryRemoteLocalities,
      retryIgnorePreviousHosts,
      backoffMs: backoff === undefined ? undefined : toDurationMs(backoff),
    }),
  };
}

function listConditions(retryOn: string): string[] {
  return retryOn
    .split(',')
    .map((condition) => condition.trim())
    .filter((condition) => condition !== '');
}

function isStatusCode(text: string): boolean {
  return /^[1-5][0-9][0-9]$/.test(text);
}
