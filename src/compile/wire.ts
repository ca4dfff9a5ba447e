import type {
  google_protobuf_BoolValue,
  google_protobuf_Duration,
  google_protobuf_UInt32Value,
} from '../gen/messages.ts';

/*
 * Protobuf's well-known shapes, in the words of the model: milliseconds, booleans, numbers.
 */

/** The wrapper that tells `true` from "not set". */
export const TRUE: google_protobuf_BoolValue = { value: true };
/** The wrapper that tells `false` from "not set". */
export const FALSE: google_protobuf_BoolValue = { value: false };

/** A duration from milliseconds; fractions down to a nanosecond are kept. */
export function durationOf(ms: number): google_protobuf_Duration {
  const seconds = Math.trunc(ms / 1000);
  const nanos = Math.round((ms - seconds * 1000) * 1_000_000);
  return nanos === 0 ? { seconds } : { seconds, nanos };
}

/** The wrapper that tells 0 from "not set". */
export function uint32Of(value: number): google_protobuf_UInt32Value {
  return { value };
}
