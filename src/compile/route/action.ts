import type {
  envoy_config_route_v3_RouteAction as RouteAction,
  envoy_config_route_v3_RouteMatch as RouteMatch,
  envoy_config_route_v3_WeightedCluster_ClusterWeight as ClusterWeight,
} from '../../gen/messages.ts';
import type {
  Destination,
  HttpRoute,
  Rewrite,
  Timeout,
  VirtualService,
  WeightedDestination,
} from '../../model/virtual-service.ts';
import { durationOf, uint32Of } from '../wire.ts';
import { compileHashPolicy } from './hash-policy.ts';
import { compileHeaderFields, findAuthority } from './headers.ts';
import { compileMirror } from './mirror.ts';
import { compileRetryPolicy } from './retry.ts';
import type { RouteDefaults } from './route-defaults.ts';
import type { Target } from './target.ts';

/** What surrounds the routes of one VirtualService on one listener. Plain values: equal contexts are the identical value. */
export interface RouteContext extends RouteDefaults {
  /** Where the proxy is reached; a gateway's is the port that the server declares. 0 when one listener serves all ports. */
  readonly listenPort: number;
  /** The listener terminates TLS. */
  readonly tls: boolean;
}

/** One rule in its surroundings. */
export interface RoutedRule {
  readonly semantics: VirtualService['semantics'];
  readonly rule: HttpRoute;
  readonly context: RouteContext;
  readonly targetOf: (destination: Destination) => Target;
}

type Destinations = readonly [WeightedDestination, ...WeightedDestination[]];

/**
 * Compiles where one HTTP route sends its requests.
 *
 * One destination becomes `cluster`, whatever its weight; several become `weighted_clusters`, and those of weight 0 are left out. The hash
 * policies of all of them are listed: Envoy has no hash policy per weighted cluster.
 * @see istio pilot/pkg/networking/core/route/route.go `applyHTTPRouteDestination`
 */
export function compileRouteAction(routed: RoutedRule, destinations: Destinations, match: RouteMatch): RouteAction {
  const { rule, context, targetOf, semantics } = routed;
  const [first, ...others] = destinations;
  const used = others.length === 0 ? [first] : destinations.filter(({ weight }) => weight > 0);
  const targets = used.map(({ destination }) => targetOf(destination));
  const hash_policy = targets.flatMap(({ hash }) => (hash ? [compileHashPolicy(hash)] : []));
  const hashed = others.length === 0 && hash_policy.length > 0;
  const mirrors = rule.mirrors.flatMap(
    (mirror) => compileMirror(mirror, targetOf(mirror.destination).cluster, context.shadowHostSuffix) ?? [],
  );
  const retry_policy = compileRetryPolicy(rule.retries ?? context.retries, hashed);
  return {
    ...(others.length === 0
      ? { cluster: targetOf(first.destination).cluster }
      : { weighted_clusters: { clusters: used.map((entry) => compileClusterWeight(entry, targetOf)) } }),
    ...compileTimeout(rule.timeout),
    ...compileHost(rule, others.length === 0 ? first : undefined),
    ...(rule.rewrite && compileRewrite(rule.rewrite, match, routed)),
    ...(retry_policy && { retry_policy }),
    ...(mirrors.length > 0 && { request_mirror_policies: mirrors }),
    ...(hash_policy.length > 0 && { hash_policy }),
    ...(semantics === 'gateway' && { cluster_not_found_response_code: 'INTERNAL_SERVER_ERROR' as const }),
  };
}

function compileClusterWeight(
  { destination, weight, headers }: WeightedDestination,
  targetOf: RoutedRule['targetOf'],
): ClusterWeight {
  const host = findAuthority(headers);
  return {
    name: targetOf(destination).cluster,
    weight: uint32Of(weight),
    ...compileHeaderFields(headers),
    ...(host && { host_rewrite_literal: host }),
  };
}

/**
 * Envoy reads an absent timeout as 15 s and a zero one as "no timeout". The second field lets a `grpc-timeout` header count, up to the same
 * limit.
 *
 * Without a limit that is `max_stream_duration`. With one it has to be its deprecated predecessor: the successor makes Envoy ignore `timeout`
 * altogether, so that a request that is not gRPC would never time out. Istio writes the predecessor always; Envoy 1.40 warns about each route
 * that has it, and nearly all routes have no limit.
 * @see envoy source/common/router/router.cc `FilterUtility::finalTimeout`
 */
export function compileTimeout(
  timeout: Timeout,
): Pick<RouteAction, 'timeout' | 'max_grpc_timeout' | 'max_stream_duration'> {
  const limit = durationOf(timeout.kind === 'after' ? timeout.ms : 0);
  if (timeout.kind === 'after' && timeout.ms > 0) return { timeout: limit, max_grpc_timeout: limit };
  return { timeout: limit, max_stream_duration: { grpc_timeout_header_max: limit } };
}

/** What is written for the whole rule wins over what its only destination says. */
function compileHost(
  rule: HttpRoute,
  only: WeightedDestination | undefined,
): Pick<RouteAction, 'host_rewrite_literal'> {
  const host = rule.rewrite?.authority || findAuthority(rule.headers) || findAuthority(only?.headers);
  return host ? { host_rewrite_literal: host } : {};
}

function compileRewrite(rewrite: Rewrite, match: RouteMatch, { semantics, context }: RoutedRule): RouteAction {
  return {
    ...compilePathRewrite(rewrite, match, semantics),
    ...(context.appendXForwardedHost && { append_x_forwarded_host: true }),
  };
}

function compilePathRewrite(
  { uri, uriRegex }: Rewrite,
  match: RouteMatch,
  semantics: VirtualService['semantics'],
): RouteAction {
  if (uriRegex) return { regex_rewrite: { pattern: { regex: uriRegex.match }, substitution: uriRegex.rewrite } };
  if (!uri) return {};
  if (semantics !== 'gateway' || uri !== '/') return { prefix_rewrite: uri };
  // `/` for a whole prefix would leave `//rest` behind; the pattern takes the slash with it.
  const prefix = quoteRegex(match.path_separated_prefix ?? '');
  return { regex_rewrite: { pattern: { regex: `^${prefix}(/?)(.*)` }, substitution: '/\\2' } };
}

function quoteRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}
