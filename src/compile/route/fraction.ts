import type { envoy_type_v3_FractionalPercent } from '../../gen/messages.ts';
import type { Percent } from '../../model/traffic-policy.ts';

/** Everything: 100 of 100. */
export const ALWAYS: envoy_type_v3_FractionalPercent = { numerator: 100 };

/** A user's percent as Envoy's fraction, exact to four decimals. */
export function toFraction(percent: Percent): envoy_type_v3_FractionalPercent {
  return { numerator: Math.round(percent * 10_000), denominator: 'MILLION' };
}
