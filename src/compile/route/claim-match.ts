import type {
  envoy_type_matcher_v3_MetadataMatcher,
  envoy_type_matcher_v3_StringMatcher,
  envoy_type_matcher_v3_ValueMatcher,
} from '../../gen/messages.ts';

const CLAIM_PREFIX = '@request.auth.claims';

/** Where Envoy's JWT filter leaves the claims of a verified token. */
const JWT_FILTER = 'envoy.filters.http.jwt_authn';
const JWT_PAYLOAD = 'payload';

/**
 * The path to a JWT claim when `header` is Istio's way of naming one, else `undefined`: `@request.auth.claims.a.b` leads to `a`, `b`, and
 * `@request.auth.claims[a][b.c]` to `a`, `b.c`.
 * @see istio pkg/jwt/routing.go `ToRoutingClaim`
 */
export function findClaimPath(header: string): readonly string[] | undefined {
  if (!header.toLowerCase().startsWith(CLAIM_PREFIX)) return undefined;
  const rest = header.slice(CLAIM_PREFIX.length);
  if (rest.length > 1 && rest.startsWith('.')) return rest.slice(1).split('.');
  if (rest.length > 2 && rest.startsWith('[') && rest.endsWith(']')) return rest.slice(1, -1).split('][');
  return undefined;
}

/** Matches a claim that is a string, or a list that holds it; without `value` any claim of that name. */
export function compileClaimMatcher(
  path: readonly string[],
  value: envoy_type_matcher_v3_StringMatcher | undefined,
  invert: boolean,
): envoy_type_matcher_v3_MetadataMatcher {
  return {
    filter: JWT_FILTER,
    path: [JWT_PAYLOAD, ...path].map((key) => ({ key })),
    value: value === undefined ? { present_match: true } : stringOrListOf(value),
    ...(invert && { invert }),
  };
}

function stringOrListOf(value: envoy_type_matcher_v3_StringMatcher): envoy_type_matcher_v3_ValueMatcher {
  return {
    or_match: { value_matchers: [{ list_match: { one_of: { string_match: value } } }, { string_match: value }] },
  };
}
