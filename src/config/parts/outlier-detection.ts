import type { Static } from 'typebox';
import type { OutlierDetection } from '../../model/traffic-policy.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { findDurationMs } from '../schema/duration.ts';
import { flag, listOf, object, text, whole } from '../schema/fields.ts';

const MAX_UINT32 = 4294967295;

/** When a failing workload is left alone for a while. */
export const OUTLIER_DETECTION = object('When a failing workload is left alone for a while.', {
  required: {},
  optional: {
    consecutiveErrors: whole('Use `consecutive5xxErrors`.', { minimum: 0, deprecated: true }),
    splitExternalLocalOriginErrors: flag(
      'Whether failures to connect are counted apart from failures that the workload answers.',
      { absent: 'false' },
    ),
    consecutiveLocalOriginFailures: whole('Failures to connect in a row, when counted apart.', {
      minimum: 0,
      maximum: MAX_UINT32,
      absent: '5',
    }),
    consecutiveGatewayErrors: whole('Answers 502, 503 or 504 in a row; 0 does not count them.', {
      minimum: 0,
      maximum: MAX_UINT32,
      absent: 'not counted',
    }),
    consecutive5xxErrors: whole('Answers of 500 and above in a row; 0 does not count them.', {
      minimum: 0,
      maximum: MAX_UINT32,
      absent: '5',
    }),
    interval: text('Time between looks at the counts.', { format: 'duration', absent: '10s' }),
    baseEjectionTime: text('How long a workload is left alone the first time; it grows with each.', {
      format: 'duration',
      absent: '30s',
    }),
    maxEjectionPercent: whole('Most workloads left alone at the same time, in percent.', {
      minimum: 0,
      maximum: 100,
      absent: '10',
    }),
    minHealthPercent: whole('Below this share of healthy workloads, in percent, all of them take traffic again.', {
      minimum: 0,
      maximum: 100,
      absent: '0',
    }),
    outlierDetectionHttpErrorCodes: listOf(
      'Status codes that count as failures.',
      whole('Status code.', { minimum: 100, maximum: 599 }),
      { absent: '500 and above' },
    ),
  },
});

export type WrittenOutlierDetection = Static<typeof OUTLIER_DETECTION>;

export function checkOutlierDetection(written: WrittenOutlierDetection, at: Pointer, report: IssueReport): void {
  if (written.consecutiveErrors !== undefined) {
    report.add(
      'FIELD_IGNORED',
      at.to('consecutiveErrors'),
      'consecutiveErrors has no effect any more: use consecutive5xxErrors',
      'key',
    );
  }
  if ((written.consecutiveLocalOriginFailures ?? 0) > 0 && written.splitExternalLocalOriginErrors !== true) {
    report.add(
      'DR_LOCAL_ORIGIN_NOT_SPLIT',
      at.to('consecutiveLocalOriginFailures'),
      'consecutiveLocalOriginFailures needs splitExternalLocalOriginErrors: true',
      'key',
    );
  }
}

export function parseOutlierDetection(written: WrittenOutlierDetection): OutlierDetection {
  return {
    splitExternalLocalOriginErrors: written.splitExternalLocalOriginErrors ?? false,
    httpErrorCodes: (written.outlierDetectionHttpErrorCodes ?? []).map(String),
    ...present({
      consecutive5xxErrors: written.consecutive5xxErrors,
      consecutiveGatewayErrors: written.consecutiveGatewayErrors,
      consecutiveLocalOriginFailures: written.consecutiveLocalOriginFailures,
      intervalMs: written.interval === undefined ? undefined : findDurationMs(written.interval),
      baseEjectionTimeMs: written.baseEjectionTime === undefined ? undefined : findDurationMs(written.baseEjectionTime),
      maxEjectionPercent: written.maxEjectionPercent || undefined,
      minHealthPercent: written.minHealthPercent || undefined,
    }),
  };
}
