import type {
  envoy_config_route_v3_DirectResponseAction as DirectResponseAction,
  envoy_config_route_v3_RedirectAction as RedirectAction,
  envoy_config_route_v3_RetryPolicy as RetryPolicy,
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_RouteAction as RouteAction,
  envoy_config_route_v3_RouteAction_HashPolicy as HashPolicy,
  envoy_config_route_v3_RouteAction_RequestMirrorPolicy as MirrorPolicy,
  envoy_config_route_v3_WeightedCluster as WeightedCluster,
} from '../../../src/gen/messages.ts';
import type { Answer, RedirectAnswer, ResponseAnswer, RetryAnswer } from './answer.ts';
import { describeFilters } from './describe-filters.ts';
import { describeHeaders } from './describe-headers.ts';
import { type HttpRequest, pathOf } from './http-request.ts';
import { substitute } from './string-match.ts';
import { msOf, percentOf } from './units.ts';

/** Says what a route does with a request that it takes. */
export function describeRoute(route: Route, request: HttpRequest): Answer {
  const around = { ...describeFilters(route), ...describeHeaders(route) };
  if (route.redirect) return { redirect: describeRedirect(route, route.redirect, request), ...around };
  if (route.direct_response) return { response: describeResponse(route.direct_response), ...around };
  if (route.route) return { ...describeAction(route, route.route, request), ...around };
  throw new Error(`cannot simulate the action of route ${route.name}`);
}

function describeAction(route: Route, action: RouteAction, request: HttpRequest): Answer {
  const timeoutMs = msOf(action.timeout) ?? 15_000;
  const retries = describeRetries(action.retry_policy);
  const mirrors = (action.request_mirror_policies ?? []).map(describeMirror);
  const hash = (action.hash_policy ?? []).map(describeHash);
  const path = rewritePath(route, action, request);
  const host = action.host_rewrite_literal;
  return {
    ...(action.weighted_clusters ? describeWeights(action.weighted_clusters) : { cluster: action.cluster ?? '' }),
    ...(path !== request.path && { path }),
    ...(host !== undefined && { host }),
    ...(timeoutMs > 0 && { timeoutMs }),
    ...(retries && { retries }),
    ...(mirrors.length > 0 && { mirrors }),
    ...(hash.length > 0 && { hash }),
  };
}

/** Shares in percent; a cluster that changes headers or the authority says so behind its name. */
function describeWeights({ clusters = [] }: WeightedCluster): Pick<Answer, 'split'> {
  const total = clusters.reduce((sum, { weight }) => sum + (weight?.value ?? 0), 0);
  const shares = clusters.map((cluster) => {
    const changes = { ...describeHeaders(cluster), ...hostOf(cluster.host_rewrite_literal) };
    const detail = Object.keys(changes).length > 0 ? ` ${JSON.stringify(changes)}` : '';
    return [`${cluster.name}${detail}`, ((cluster.weight?.value ?? 0) * 100) / total] as const;
  });
  return { split: Object.fromEntries(shares) };
}

function hostOf(host: string | undefined): { readonly host?: string } {
  return host === undefined ? {} : { host };
}

function rewritePath({ match }: Route, action: RouteAction, request: HttpRequest): string {
  const path = pathOf(request);
  const query = request.path.slice(path.length);
  const { prefix_rewrite, regex_rewrite } = action;
  if (regex_rewrite !== undefined) {
    return substitute(regex_rewrite.pattern?.regex ?? '', path, regex_rewrite.substitution ?? '') + query;
  }
  if (prefix_rewrite === undefined) return request.path;
  const matched = match?.prefix ?? match?.path ?? match?.path_separated_prefix;
  // A regular expression matches the whole path, so that all of it is replaced.
  return prefix_rewrite + (matched === undefined ? '' : path.slice(matched.length)) + query;
}

/** What every route says unless the user wants something else. */
const DEFAULT_RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const DEFAULT_RETRIES: RetryAnswer = { attempts: 2, on: DEFAULT_RETRY_ON };

function describeRetries(policy: RetryPolicy | undefined): Answer['retries'] {
  if (policy === undefined) return 'none';
  const perTryTimeoutMs = msOf(policy.per_try_timeout);
  const backoffMs = msOf(policy.retry_back_off?.base_interval);
  const answer: RetryAnswer = {
    attempts: policy.num_retries === undefined ? 1 : (policy.num_retries.value ?? 0),
    on: policy.retry_on ?? '',
    ...(perTryTimeoutMs !== undefined && { perTryTimeoutMs }),
    ...(backoffMs !== undefined && { backoffMs }),
    ...(policy.retriable_status_codes && { statusCodes: policy.retriable_status_codes }),
    ...(policy.retry_priority && { remoteLocalities: true as const }),
    ...(!policy.retry_host_predicate?.length && { sameHost: true as const }),
  };
  return JSON.stringify(answer) === JSON.stringify(DEFAULT_RETRIES) ? undefined : answer;
}

function describeMirror({ cluster = '', runtime_fraction }: MirrorPolicy): { cluster: string; percent: number } {
  return { cluster, percent: percentOf(runtime_fraction?.default_value) };
}

function describeHash(policy: HashPolicy): string {
  if (policy.header) return `header ${policy.header.header_name}`;
  if (policy.query_parameter) return `query ${policy.query_parameter.name}`;
  if (policy.connection_properties?.source_ip) return 'source ip';
  if (policy.cookie === undefined) throw new Error(`cannot simulate the hash policy ${JSON.stringify(policy)}`);
  const { name, path, ttl } = policy.cookie;
  const ms = msOf(ttl);
  return [`cookie ${name}`, path ?? '', ms === undefined ? '' : `${ms} ms`].filter((part) => part !== '').join(' ');
}

const REDIRECT_STATUS = {
  MOVED_PERMANENTLY: 301,
  FOUND: 302,
  SEE_OTHER: 303,
  TEMPORARY_REDIRECT: 307,
  PERMANENT_REDIRECT: 308,
} as const;

/** @see envoy source/common/router/config_impl.cc `RouteEntryImplBase::newUri` */
function describeRedirect({ match }: Route, redirect: RedirectAction, request: HttpRequest): RedirectAnswer {
  const { host_redirect, path_redirect, prefix_rewrite, https_redirect } = redirect;
  const scheme = https_redirect ? 'https' : (redirect.scheme_redirect ?? request.scheme);
  const [, host = '', port = ''] = /^(.*?)(:\d+)?$/.exec(request.authority) ?? [];
  // A port that the client wrote stays, unless it is the usual one of the scheme that the client leaves.
  const isUsual = scheme !== request.scheme && port === (request.scheme === 'http' ? ':80' : ':443');
  const kept = host_redirect !== undefined || isUsual ? '' : port;
  const newPort = redirect.port_redirect === undefined ? kept : `:${redirect.port_redirect}`;
  const path = pathOf(request);
  const query = redirect.strip_query || path_redirect?.includes('?') ? '' : request.path.slice(path.length);
  const rest = prefix_rewrite === undefined ? path : prefix_rewrite + path.slice((match?.prefix ?? '').length);
  const location = `${scheme}://${host_redirect ?? host}${newPort}${path_redirect || rest}${query}`;
  return { status: REDIRECT_STATUS[toCode(redirect.response_code)], location };
}

function toCode(code: RedirectAction['response_code']): keyof typeof REDIRECT_STATUS {
  if (code === undefined) return 'MOVED_PERMANENTLY';
  if (!isKnownCode(code)) throw new Error(`cannot simulate the redirect code ${code}`);
  return code;
}

function isKnownCode(code: string | number): code is keyof typeof REDIRECT_STATUS {
  return Object.hasOwn(REDIRECT_STATUS, code);
}

function describeResponse({ status = 0, body }: DirectResponseAction): ResponseAnswer {
  const bytes = body?.inline_bytes;
  const text = body?.inline_string ?? (bytes && Buffer.from(bytes).toString());
  return { status, ...(text !== undefined && { body: text }) };
}
