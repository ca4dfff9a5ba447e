/** `envoy.config.metrics.v3.StatsConfig` in its JSON form. */
export interface StatsConfigJson {
  readonly use_all_default_tags: boolean;
  readonly stats_tags: readonly { readonly tag_name: string; readonly regex: string }[];
  readonly stats_matcher?: object;
  readonly histogram_bucket_settings?: readonly object[];
}

/**
 * Compiles which statistics exist, and which part of a name becomes a label.
 *
 * @param keep `istio` for the few that Istio's dashboards read: a mesh of thousands of clusters would else
 *             spend more memory on counters than on configuration. `all` for the small and the curious.
 * @param more What users keep beside those.
 */
export function compileStatsConfig(keep: 'istio' | 'all', more: MoreStats = NO_MORE): StatsConfigJson {
  const extraTags = more.extraTags.map((tag) => [tag, String.raw`(${tag}=\.=(.*?);\.;)`] as const);
  const buckets = Object.entries(more.buckets).map(([prefix, bounds]) => ({ match: { prefix }, buckets: bounds }));
  return {
    use_all_default_tags: false,
    stats_tags: [...STATS_TAGS, ...extraTags].map(([tag_name, regex]) => ({ tag_name, regex })),
    ...(keep === 'all' ? {} : { stats_matcher: { inclusion_list: { patterns: toPatterns(more) } } }),
    ...(buckets.length > 0 && { histogram_bucket_settings: buckets }),
  };
}

/** Statistics that users ask for. */
export interface MoreStats {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  readonly regexps: readonly string[];
  readonly extraTags: readonly string[];
  readonly buckets: Readonly<Record<string, readonly number[]>>;
}

const NO_MORE: MoreStats = { prefixes: [], suffixes: [], regexps: [], extraTags: [], buckets: {} };

/**
 * Tag name and expression: the first group is cut from the name, the second is the label's value.
 *
 * Names of clusters and connection managers end in `;`, because they contain the dots that separate all else.
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/metrics/v3/stats.proto#config-metrics-v3-tagspecifier
 */
const STATS_TAGS: readonly (readonly [name: string, regex: string])[] = [
  ['cluster_name', String.raw`^cluster\.((.+?);\.)`],
  ['http_conn_manager_prefix', String.raw`^http\.((.+?);\.)`],
  ['http_conn_manager_listener_prefix', String.raw`^listener\..+?\.http\.((.+?);\.)`],
  ['listener_address', String.raw`^listener\.((\[?[0-9a-fA-F._:]+\]?_\d+)\.)`],
  ['tcp_prefix', String.raw`^tcp\.((.+)\.)\w+$`],
  ['response_code', String.raw`_rq(_([1-5]\d\d))$`],
  ['response_code_class', '_rq(_([1-5]xx))$'],
  ['mongo_prefix', String.raw`^mongo\.((.+?)\.)(?:collection|cmd|cx_|op_|delays_|decoding_)`],
  ['wasm_filter', String.raw`^(wasm_filter\.([^.]+)\.)`],
  ['authz_enforce_result', String.raw`rbac(\.(allowed|denied))$`],
  ['authz_dry_run_action', String.raw`(\.istio_dry_run_(allow|deny)_)`],
  ['authz_dry_run_result', String.raw`(\.shadow_(allowed|denied))$`],
];

const KEPT = {
  prefixes: ['cluster_manager', 'listener_manager', 'server', 'cluster.xds-grpc', 'wasm'],
  suffixes: ['rbac.allowed', 'rbac.denied', 'shadow_allowed', 'shadow_denied'],
  regexps: [String.raw`vhost\..*\.route\..*`],
};

function toPatterns({ prefixes, suffixes, regexps }: MoreStats): readonly object[] {
  return [
    ...['reporter=', ...prefixes, ...KEPT.prefixes].map(prefix),
    ...[...suffixes, ...KEPT.suffixes].map((suffix) => ({ suffix })),
    ...[...regexps, ...KEPT.regexps].map((regex) => ({ safe_regex: { regex } })),
    ...['component', 'istio'].map(prefix),
  ];
}

function prefix(text: string): object {
  return { prefix: text };
}
