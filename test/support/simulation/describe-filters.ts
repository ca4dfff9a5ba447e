import { unpackAny } from '../../../src/gen/codec.ts';
import type {
  envoy_config_route_v3_Route as Route,
  envoy_extensions_filters_http_cors_v3_CorsPolicy as CorsPolicy,
  envoy_extensions_filters_http_fault_v3_HTTPFault as HttpFault,
  envoy_type_matcher_v3_StringMatcher as StringMatcher,
} from '../../../src/gen/messages.ts';
import type { CorsAnswer, FaultAnswer } from './answer.ts';
import { isFalse, msOf, percentOf } from './units.ts';

/** Says what filters do to the requests of a route, where it configures any. */
export function describeFilters({ typed_per_filter_config: filters = {} }: Route): {
  readonly fault?: FaultAnswer;
  readonly cors?: CorsAnswer;
} {
  const faultAny = filters['envoy.filters.http.fault'];
  const corsAny = filters['envoy.filters.http.cors'];
  const fault = faultAny && unpackAny('envoy.extensions.filters.http.fault.v3.HTTPFault', faultAny);
  const cors = corsAny && unpackAny('envoy.extensions.filters.http.cors.v3.CorsPolicy', corsAny);
  return { ...(fault && { fault: describeFault(fault) }), ...(cors && { cors: describeCors(cors) }) };
}

function describeFault({ delay, abort }: HttpFault): FaultAnswer {
  return {
    ...(delay && { delay: { ms: msOf(delay.fixed_delay) ?? 0, percent: percentOf(delay.percentage) } }),
    ...(abort && {
      abort: {
        ...(abort.http_status !== undefined && { httpStatus: abort.http_status }),
        ...(abort.grpc_status !== undefined && { grpcStatus: abort.grpc_status }),
        percent: percentOf(abort.percentage),
      },
    }),
  };
}

function describeCors(policy: CorsPolicy): CorsAnswer {
  const { allow_methods, allow_headers, expose_headers, max_age, allow_credentials } = policy;
  const forwards = policy.forward_not_matching_preflights;
  return {
    origins: (policy.allow_origin_string_match ?? []).map(describeOrigin),
    ...(allow_methods !== undefined && { methods: allow_methods }),
    ...(allow_headers !== undefined && { headers: allow_headers }),
    ...(expose_headers !== undefined && { exposed: expose_headers }),
    ...(max_age !== undefined && { maxAge: max_age }),
    ...(allow_credentials !== undefined && { credentials: allow_credentials.value ?? false }),
    ...(forwards !== undefined && { otherPreflights: isFalse(forwards) ? 'answered' : 'forwarded' }),
  };
}

function describeOrigin({ exact, prefix, safe_regex }: StringMatcher): string {
  return exact ?? (prefix === undefined ? `/${safe_regex?.regex}/` : `${prefix}*`);
}
