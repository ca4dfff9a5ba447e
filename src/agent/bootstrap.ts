import { type Address, type PipeAddress, type TcpAddress, toAddressJson } from './address.ts';
import { compileStaticClusters, LOCAL_CLUSTER } from './bootstrap-clusters.ts';
import { compileStaticListeners } from './bootstrap-listeners.ts';
import { compileStatsConfig } from './bootstrap-stats.ts';
import { compileTelemetry } from './bootstrap-telemetry.ts';
import { type NodeJson, type ProxyIdentity, toNodeJson } from './node.ts';
import type { StatsSettings, TelemetrySettings } from './settings/telemetry-settings.ts';

/** Everything that a bootstrap depends on. */
export interface BootstrapOptions {
  readonly proxy: ProxyIdentity;
  /** Where the control plane listens, in plaintext. A DNS name is resolved by Envoy. */
  readonly discovery: Address;
  /** Envoy's admin interface; keep it on a loopback address, it has no authentication. */
  readonly admin: TcpAddress;
  /** Answers `GET /healthz/ready` with 200 once the proxy is live; absent means no such listener. */
  readonly health?: TcpAddress | undefined;
  /** Answers `GET /stats/prometheus`; absent means no such listener. */
  readonly metrics?: TcpAddress | undefined;
  /** `istio` keeps the statistics that Istio keeps, `all` keeps every one. Absent means `istio`. */
  readonly stats?: 'istio' | 'all' | undefined;
  /** What the agent beside this Envoy serves; absent where there is none. */
  readonly agent?: AgentAddresses | undefined;
  /** Whether listeners and clusters come over the delta protocol; absent means that they do. */
  readonly isDelta?: boolean | undefined;
  /** Statistics that users ask for, and how often they are told. */
  readonly moreStats?: StatsSettings | undefined;
  readonly telemetry?: TelemetrySettings | undefined;
  /** Connections that Envoy takes at once, over all listeners; absent is without a limit. */
  readonly maxConnections?: number | undefined;
  /** Addresses at which its own listeners listen too: those of the other family of IP. */
  readonly also?: string | undefined;
  readonly compressesStats?: boolean | undefined;
  /** Metrics over mutual TLS: Envoy's, and the agent's merged ones. */
  readonly secureMetrics?: TcpAddress | undefined;
  readonly secureMergedMetrics?: TcpAddress | undefined;
  /** Whether probes come with the PROXY protocol in front. */
  readonly takesProxyProtocol?: boolean | undefined;
  /** What stands for the service in traces; absent means its labels. */
  readonly serviceName?: string | undefined;
  /** Runtime keys on top of ours: the same key replaces, `''` removes. */
  readonly runtime?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** Where an agent answers. */
export interface AgentAddresses {
  /** Certificates and roots, over SDS. */
  readonly sds: PipeAddress;
  /** Probes and merged metrics. */
  readonly status: TcpAddress;
  /** Certificates in files, where somebody else serves the workload's own. */
  readonly fileSds?: PipeAddress | undefined;
}

/** `envoy.config.bootstrap.v3.Bootstrap` in its JSON form, which is what Envoy reads from a file. */
export interface BootstrapJson {
  readonly node: NodeJson;
  readonly admin: object;
  readonly dynamic_resources: object;
  readonly static_resources: object;
  readonly cluster_manager?: object;
  readonly layered_runtime: object;
  readonly stats_config: object;
  readonly bootstrap_extensions: readonly object[];
  readonly overload_manager: object;
  readonly tracing?: object;
  readonly stats_sinks?: readonly object[];
  readonly stats_flush_interval?: string;
  readonly stats_eviction_interval?: string;
}

/**
 * Compiles the file that a stock Envoy starts with: who it is, and where everything else comes from.
 *
 * Listeners and clusters come over one delta ADS stream. Envoy waits for the first of both without a limit
 * before it is live, so a proxy never serves half a configuration.
 * @see istio tools/packaging/common/envoy_bootstrap.json, the bootstrap that this one stands in for.
 */
export function compileBootstrap(options: BootstrapOptions): BootstrapJson {
  const countsZones = isTrue(options.proxy.metadata?.ENABLE_SELF_DISCOVERY);
  const node = withPorts(toNodeJson(options.proxy, options.serviceName), options);
  const { clusters: ways, ...telemetry } = compileTelemetry(options.telemetry ?? NO_TELEMETRY, node.cluster);
  return {
    node,
    admin: { address: toAddressJson(options.admin) },
    dynamic_resources: compileDynamicResources(options.isDelta ?? true),
    static_resources: {
      clusters: [...compileStaticClusters(options), ...ways, ...(countsZones ? [LOCAL_CLUSTER] : [])],
      listeners: compileStaticListeners(options),
    },
    ...(countsZones && { cluster_manager: { local_cluster_name: LOCAL_CLUSTER.name } }),
    layered_runtime: compileRuntime(options.runtime ?? {}),
    stats_config: compileStatsConfig(options.stats ?? 'istio', options.moreStats),
    bootstrap_extensions: [INTERNAL_LISTENER],
    overload_manager: compileOverload(options.maxConnections ?? NO_LIMIT),
    ...telemetry,
    ...compileIntervals(options.moreStats),
  };
}

const NO_TELEMETRY = { tracing: undefined, metricsService: undefined, accessLogService: undefined, statsd: undefined };

function compileIntervals({ flushMs, evictionMs }: Partial<StatsSettings> = {}) {
  return {
    ...(flushMs !== undefined && { stats_flush_interval: `${flushMs / 1000}s` }),
    ...(evictionMs !== undefined && { stats_eviction_interval: `${evictionMs / 1000}s` }),
  };
}

/** As metadata travel: true as such or as text. */
function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1';
}

/** A control plane keeps its own listeners off the ports that this bootstrap occupies; these entries name them. */
function withPorts(node: NodeJson, options: BootstrapOptions): NodeJson {
  return {
    ...node,
    metadata: {
      ...(options.health === undefined ? {} : { ENVOY_STATUS_PORT: options.health.port }),
      ...(options.metrics === undefined ? {} : { ENVOY_PROMETHEUS_PORT: options.metrics.port }),
      ...node.metadata,
    },
  };
}

const FROM_ADS = { ads: {}, initial_fetch_timeout: '0s', resource_api_version: 'V3' };

const compileDynamicResources = (isDelta: boolean) => ({
  lds_config: FROM_ADS,
  cds_config: FROM_ADS,
  ads_config: {
    api_type: isDelta ? 'DELTA_GRPC' : 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [
      {
        envoy_grpc: {
          cluster_name: 'xds-grpc',
          // Envoy's own limit of 30 s would leave proxies on old configuration long after a restart.
          retry_policy: { retry_back_off: { base_interval: '0.25s', max_interval: '5s' } },
        },
      },
    ],
  },
});

const INTERNAL_LISTENER = {
  name: 'envoy.bootstrap.internal_listener',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener',
    buffer_size_kb: 64,
  },
};

/** Said aloud: Envoy warns at every start about a limit that is merely absent. */
const NO_LIMIT = 2_147_483_647;

const compileOverload = (max: number) => ({
  resource_monitors: [
    {
      name: 'envoy.resource_monitors.global_downstream_max_connections',
      typed_config: {
        '@type':
          'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
        max_active_downstream_connections: max,
      },
    },
  ],
});

/**
 * Istio's runtime values, without the one for a field that Envoy 1.40 no longer knows.
 *
 * The program size is the one that mesh users' regular expressions are known to fit in.
 */
const RUNTIME: Readonly<Record<string, string | number | boolean>> = {
  're2.max_program_size.error_level': 32_768,
  'envoy.reloadable_features.http_reject_path_with_fragment': false,
  'envoy.reloadable_features.fixed_heap_use_allocated': true,
  'envoy.reloadable_features.coalesce_lb_rebuilds_on_batch_update': false,
};

function compileRuntime(overrides: Readonly<Record<string, string | number | boolean>>): object {
  const values = Object.entries({ ...RUNTIME, ...overrides }).filter(([, value]) => value !== '');
  return {
    layers: [
      { name: 'global config', static_layer: Object.fromEntries(values) },
      { name: 'admin', admin_layer: {} },
    ],
  };
}
