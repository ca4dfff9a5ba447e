import { packAny } from '../../gen/codec.ts';
import type { google_protobuf_Any } from '../../gen/messages.ts';
import type { Cors } from '../../model/virtual-service.ts';
import { ALWAYS } from './fraction.ts';
import { compileStringMatcher } from './string-matcher.ts';

/** The name under which a route configures the CORS filter. */
export const CORS_FILTER = 'envoy.filters.http.cors';

/**
 * Compiles a route's CORS policy into its setting for Envoy's CORS filter. `max_age` is in whole seconds.
 * @see istio pilot/pkg/networking/core/route/route.go `TranslateCORSPolicy`
 */
export function compileCors(cors: Cors): google_protobuf_Any {
  return packAny('envoy.extensions.filters.http.cors.v3.CorsPolicy', {
    allow_origin_string_match: cors.allowOrigins.flatMap((origin) => compileStringMatcher(origin) ?? []),
    allow_methods: cors.allowMethods.join(','),
    allow_headers: cors.allowHeaders.join(','),
    expose_headers: cors.exposeHeaders.join(','),
    ...(cors.maxAgeMs !== undefined && { max_age: `${Math.floor(cors.maxAgeMs / 1000)}` }),
    ...(cors.allowCredentials !== undefined && { allow_credentials: { value: cors.allowCredentials } }),
    filter_enabled: { default_value: ALWAYS },
    forward_not_matching_preflights: { value: cors.unmatchedPreflights === 'forward' },
  });
}
