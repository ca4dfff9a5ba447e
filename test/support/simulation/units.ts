import type {
  envoy_type_v3_FractionalPercent as FractionalPercent,
  google_protobuf_BoolValue as BoolValue,
  google_protobuf_Duration as Duration,
} from '../../../src/gen/messages.ts';

/** Whether a wrapped boolean is there and false: on the wire it is then an empty message. */
export function isFalse(wrapped: BoolValue | undefined): boolean {
  return wrapped !== undefined && wrapped.value !== true;
}

/** A duration in milliseconds. */
export function msOf(duration: Duration | undefined): number | undefined {
  if (duration === undefined) return undefined;
  return Number(duration.seconds ?? 0) * 1000 + (duration.nanos ?? 0) / 1_000_000;
}

const PER_PERCENT = { HUNDRED: 1, TEN_THOUSAND: 100, MILLION: 10_000 } as const;

/** A fraction in percent; everything, when nothing is said. */
export function percentOf(fraction: FractionalPercent | undefined): number {
  if (fraction === undefined) return 100;
  return (fraction.numerator ?? 0) / PER_PERCENT[fraction.denominator ?? 'HUNDRED'];
}
