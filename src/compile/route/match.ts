import type {
  envoy_config_route_v3_HeaderMatcher as HeaderMatcher,
  envoy_config_route_v3_QueryParameterMatcher as QueryParameterMatcher,
  envoy_config_route_v3_RouteMatch as RouteMatch,
  envoy_type_matcher_v3_MetadataMatcher as MetadataMatcher,
} from '../../gen/messages.ts';
import { compareText } from '../../model/object.ts';
import type { StringMatch } from '../../model/string-match.ts';
import type { HttpMatch, VirtualService } from '../../model/virtual-service.ts';
import { compileClaimMatcher, findClaimPath } from './claim-match.ts';
import { compileStringMatcher } from './string-matcher.ts';

/** What a rule without conditions is compiled to. */
export const MATCH_ALL: RouteMatch = { prefix: '/' };

/**
 * Compiles the conditions of one route. `port`, `gateways` and the source conditions are no part of it: they decide whether there is a route.
 *
 * Headers are sorted by name, the pseudo headers behind them; Istio leaves the order of query parameters and claims open, here they are
 * sorted too.
 * @see istio pilot/pkg/networking/core/route/route.go `TranslateRouteMatch`
 */
export function compileRouteMatch(match: HttpMatch, semantics: VirtualService['semantics']): RouteMatch {
  const conditions = listConditions(match);
  const headers = [...compileHeaders(conditions), ...compilePseudoHeaders(match)];
  const query_parameters = sorted(match.queryParams).map(([name, value]) => compileQueryParameter(name, value));
  const dynamic_metadata = compileClaims(conditions);
  return {
    ...compilePath(match.uri, semantics),
    case_sensitive: { value: !match.ignoreUriCase },
    ...(headers.length > 0 && { headers }),
    ...(query_parameters.length > 0 && { query_parameters }),
    ...(dynamic_metadata.length > 0 && { dynamic_metadata }),
  };
}

/** Whether a match takes every request, so that no route behind it is ever reached. */
export function isCatchAll(match: RouteMatch): boolean {
  const anyPath = match.prefix === '/' || match.path_separated_prefix === '/' || match.safe_regex?.regex === '.*';
  return anyPath && !match.headers && !match.query_parameters && !match.dynamic_metadata;
}

function compilePath(uri: StringMatch | undefined, semantics: VirtualService['semantics']): RouteMatch {
  switch (uri?.kind) {
    case 'exact':
      return { path: uri.value };
    case 'prefix':
      if (semantics === 'istio' || uri.value === '/') return { prefix: uri.value };
      return { path_separated_prefix: uri.value.replace(/\/$/, '') };
    case 'regex':
      return { safe_regex: { regex: uri.value } };
    default:
      return MATCH_ALL;
  }
}

/** One entry of `headers` or, inverted, of `withoutHeaders`. */
interface Condition {
  readonly name: string;
  readonly value: StringMatch;
  readonly invert: boolean;
}

function listConditions(match: HttpMatch): readonly Condition[] {
  const positive = sorted(match.headers).map(([name, value]) => ({ name, value, invert: false }));
  const negative = sorted(match.withoutHeaders).map(([name, value]) => ({ name, value, invert: true }));
  return [...positive, ...negative].sort((a, b) => compareText(a.name, b.name));
}

function compileHeaders(conditions: readonly Condition[]): readonly HeaderMatcher[] {
  return conditions.filter(({ name }) => !findClaimPath(name)).map(compileHeader);
}

function compileHeader({ name, value, invert }: Condition): HeaderMatcher {
  const string_match = compileStringMatcher(value);
  if (string_match === undefined) return { name, present_match: true, ...(invert && { invert_match: true }) };
  // Without the last field an absent header would count as "does not match the value" for Envoy, and the route would not apply.
  return { name, string_match, ...(invert && { invert_match: true, treat_missing_header_as_empty: true }) };
}

function compilePseudoHeaders({ method, authority, scheme }: HttpMatch): readonly HeaderMatcher[] {
  const pairs = [
    [':method', method],
    [':authority', authority],
    [':scheme', scheme],
  ] as const;
  return pairs.flatMap(([name, value]) => (value ? [compileHeader({ name, value, invert: false })] : []));
}

function compileQueryParameter(name: string, value: StringMatch): QueryParameterMatcher {
  const string_match = compileStringMatcher(value);
  return string_match === undefined ? { name, present_match: true } : { name, string_match };
}

function compileClaims(conditions: readonly Condition[]): readonly MetadataMatcher[] {
  return conditions.flatMap(({ name, value, invert }) => {
    const path = findClaimPath(name);
    return path ? [compileClaimMatcher(path, compileStringMatcher(value), invert)] : [];
  });
}

function sorted(matches: Readonly<Record<string, StringMatch>>): readonly [string, StringMatch][] {
  return Object.entries(matches).sort(([a], [b]) => compareText(a, b));
}
