import type {
  envoy_config_route_v3_HeaderMatcher as HeaderMatcher,
  envoy_config_route_v3_QueryParameterMatcher as QueryParameterMatcher,
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_RouteMatch as RouteMatch,
  envoy_config_route_v3_VirtualHost as VirtualHost,
  envoy_type_matcher_v3_MetadataMatcher as MetadataMatcher,
  envoy_type_matcher_v3_ValueMatcher as ValueMatcher,
} from '../../../src/gen/messages.ts';
import { type HttpRequest, pathOf } from './http-request.ts';
import { matchesRegex, matchesString } from './string-match.ts';
import { isFalse } from './units.ts';

/**
 * The first route of a virtual host that takes a request.
 * @see envoy source/common/router/config_impl.cc `RouteEntryImplBase::matchRoute`
 */
export function findRoute(host: VirtualHost, request: HttpRequest): Route | undefined {
  return host.routes?.find(({ match }) => match !== undefined && matchesRoute(match, request));
}

function matchesRoute(match: RouteMatch, request: HttpRequest): boolean {
  return (
    matchesPath(match, pathOf(request)) &&
    (match.headers ?? []).every((header) => matchesHeader(header, request)) &&
    (match.query_parameters ?? []).every((parameter) => matchesQuery(parameter, request)) &&
    (match.dynamic_metadata ?? []).every((metadata) => matchesMetadata(metadata, request))
  );
}

function matchesPath(match: RouteMatch, path: string): boolean {
  const fold = (text: string) => (isFalse(match.case_sensitive) ? text.toLowerCase() : text);
  if (match.safe_regex !== undefined) return matchesRegex(match.safe_regex.regex ?? '', path);
  const folded = fold(path);
  if (match.prefix !== undefined) return folded.startsWith(fold(match.prefix));
  if (match.path !== undefined) return folded === fold(match.path);
  const segment = match.path_separated_prefix;
  if (segment !== undefined) return folded === fold(segment) || folded.startsWith(`${fold(segment)}/`);
  throw new Error(`cannot simulate the path matcher ${JSON.stringify(match)}`);
}

/** @see envoy source/common/http/header_utility.cc */
function matchesHeader(matcher: HeaderMatcher, { headers }: HttpRequest): boolean {
  const inverted = matcher.invert_match === true;
  const sent = headers.get(matcher.name?.toLowerCase() ?? '');
  if (matcher.present_match !== undefined) return (sent !== undefined) === (matcher.present_match !== inverted);
  if (sent === undefined && matcher.treat_missing_header_as_empty !== true) return false;
  const value = sent ?? '';
  if (matcher.string_match !== undefined) return matchesString(matcher.string_match, value) !== inverted;
  const { exact_match, prefix_match, safe_regex_match } = matcher;
  if (exact_match !== undefined) return (value === exact_match) !== inverted;
  if (prefix_match !== undefined) return value.startsWith(prefix_match) !== inverted;
  if (safe_regex_match !== undefined) return matchesRegex(safe_regex_match.regex ?? '', value) !== inverted;
  throw new Error(`cannot simulate the header matcher ${JSON.stringify(matcher)}`);
}

function matchesQuery(
  { name = '', string_match, present_match }: QueryParameterMatcher,
  { path }: HttpRequest,
): boolean {
  const sent = new URLSearchParams(path.split('?')[1] ?? '').get(name);
  if (string_match !== undefined) return sent !== null && matchesString(string_match, sent);
  return (sent !== null) === (present_match ?? true);
}

function matchesMetadata(matcher: MetadataMatcher, { metadata }: HttpRequest): boolean {
  const keys = [matcher.filter ?? '', ...(matcher.path ?? []).map(({ key }) => key ?? '')];
  const found = keys.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), metadata);
  return (matcher.value !== undefined && matchesValue(matcher.value, found)) !== (matcher.invert === true);
}

function matchesValue(matcher: ValueMatcher, value: unknown): boolean {
  if (matcher.or_match) return (matcher.or_match.value_matchers ?? []).some((one) => matchesValue(one, value));
  if (matcher.list_match) {
    const { one_of } = matcher.list_match;
    return Array.isArray(value) && one_of !== undefined && value.some((item) => matchesValue(one_of, item));
  }
  if (matcher.string_match) return typeof value === 'string' && matchesString(matcher.string_match, value);
  if (matcher.present_match !== undefined) return (value !== undefined) === matcher.present_match;
  throw new Error(`cannot simulate the value matcher ${JSON.stringify(matcher)}`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
