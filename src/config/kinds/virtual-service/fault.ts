import type { Static } from 'typebox';
import type { Fault } from '../../../model/virtual-service.ts';
import type { Pointer } from '../../pointer.ts';
import { present } from '../../present.ts';
import type { IssueReport } from '../../report.ts';
import { toDurationMs } from '../../schema/duration.ts';
import { choice, decimal, object, text, whole } from '../../schema/fields.ts';

/** A share, in percent. */
export const PERCENTAGE = object('A share of the requests.', {
  required: {},
  optional: { value: decimal('Percent; as little as 0.0001 counts.', { minimum: 0, maximum: 100, absent: '0' }) },
});

// biome-ignore format: in the order of their numbers
const GRPC_CODES = [
  'OK', 'CANCELLED', 'UNKNOWN', 'INVALID_ARGUMENT', 'DEADLINE_EXCEEDED', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'INTERNAL', 'UNAVAILABLE', 'DATA_LOSS', 'UNAUTHENTICATED',
] as const;

const DELAY = object(
  'Makes requests wait.',
  {
    required: {},
    optional: {
      percent: whole('Use `percentage`.', { minimum: 0, maximum: 100, deprecated: true }),
      fixedDelay: text('How long they wait.', { format: 'duration' }),
      exponentialDelay: text('Was never supported.', { format: 'duration' }),
      percentage: PERCENTAGE,
    },
  },
  { exclusive: [['fixedDelay', 'exponentialDelay']] },
);

const ABORT = object(
  'Answers requests with an error.',
  {
    required: {},
    optional: {
      httpStatus: whole('HTTP status code.', { minimum: 200, maximum: 599 }),
      grpcStatus: choice('Status of gRPC.', GRPC_CODES, { absent: 'an HTTP status' }),
      http2Error: text('Was never supported.'),
      percentage: PERCENTAGE,
    },
  },
  { exclusive: [['httpStatus', 'grpcStatus', 'http2Error']] },
);

/** Makes requests wait or fail, to see how their senders take it. */
export const FAULT = object('Makes requests wait or fail, to see how their senders take it.', {
  required: {},
  optional: { delay: DELAY, abort: ABORT },
});

const MIN_PERCENT = 0.0001;

export type WrittenFault = Static<typeof FAULT>;

export function checkFault({ delay, abort }: WrittenFault, at: Pointer, report: IssueReport): void {
  if (!delay && !abort) report.add('VS_FAULT_EMPTY', at, 'the fault does nothing: expected delay or abort');
  if (delay?.exponentialDelay !== undefined) {
    report.add(
      'VS_FAULT_UNSUPPORTED',
      at.to('delay').to('exponentialDelay'),
      'exponentialDelay is not supported: use fixedDelay',
      'key',
    );
  } else if (delay && delay.fixedDelay === undefined) {
    report.add('FIELD_IGNORED', at.to('delay'), 'the delay has no effect: it has no fixedDelay', 'key');
  }
  for (const [field, block] of Object.entries({ delay, abort })) {
    const value = block?.percentage?.value ?? 0;
    if (value === 0 || value >= MIN_PERCENT) continue;
    const place = at.to(field).to('percentage').to('value');
    report.add(
      'VALUE_RANGE',
      place,
      `${place} is ${value}, expected 0 or at least ${MIN_PERCENT}: proxies count in millionths`,
    );
  }
  if (delay?.percent !== undefined)
    report.add('FIELD_DEPRECATED', at.to('delay').to('percent'), 'percent has given way to percentage.value', 'key');
  if (abort?.http2Error !== undefined) {
    report.add(
      'VS_FAULT_UNSUPPORTED',
      at.to('abort').to('http2Error'),
      'http2Error is not supported: use httpStatus or grpcStatus',
      'key',
    );
  } else if (abort && abort.httpStatus === undefined && abort.grpcStatus === undefined) {
    report.add(
      'FIELD_IGNORED',
      at.to('abort'),
      'the abort has no effect: it has no httpStatus and no grpcStatus',
      'key',
    );
  }
}

/** `undefined` when nothing of what is written has an effect. */
export function parseFault({ delay, abort }: WrittenFault): Fault | undefined {
  const fault = present({ delay: delay && findDelay(delay), abort: abort && findAbort(abort) });
  return fault.delay || fault.abort ? fault : undefined;
}

/** Without a share nothing is delayed, which is how Istio reads it. */
function findDelay({ fixedDelay, percentage, percent = 0 }: Static<typeof DELAY>): Fault['delay'] {
  if (fixedDelay === undefined) return undefined;
  return { fixedMs: toDurationMs(fixedDelay), percent: percentage ? (percentage.value ?? 0) : percent };
}

function findAbort({ httpStatus, grpcStatus, percentage }: Static<typeof ABORT>): Fault['abort'] {
  const percent = present({ percent: percentage && (percentage.value ?? 0) });
  if (httpStatus !== undefined) return { status: { kind: 'http', code: httpStatus }, ...percent };
  return grpcStatus === undefined
    ? undefined
    : { status: { kind: 'grpc', code: GRPC_CODES.indexOf(grpcStatus) }, ...percent };
}
