import { settingFault } from './fault.ts';
import type { EnvironmentReader } from './environment.ts';
import type { AgentProxyConfig, ProxyConfigJson } from './proxy-config.ts';
import {
  readStatsSettings,
  readTelemetrySettings,
  type StatsSettings,
  type TelemetrySettings,
} from './telemetry-settings.ts';

/** What Envoy's bootstrap says beside who this is and where the control plane is. */
export interface BootstrapSettings {
  readonly stats: StatsSettings;
  readonly telemetry: TelemetrySettings;
  /** Connections at once, over all listeners; absent is without a limit. */
  readonly maxConnections: number | undefined;
  readonly compressesStats: boolean;
  /** Whether metrics are for this pod only. */
  readonly isMetricsLocal: boolean;
  readonly takesProxyProtocol: boolean;
  /** Ports of metrics over mutual TLS; 0 where there are none. */
  readonly secureMetricsPort: number;
  readonly secureMergedMetricsPort: number;
  /** Name of the service in traces; absent means the label `app` with the namespace. */
  readonly serviceName: string | undefined;
}

/** @throws Fault AGENT_SETTING, for a bootstrap of one's own too */
export function readBootstrapSettings(
  env: EnvironmentReader,
  what: {
    readonly written: ProxyConfigJson;
    readonly proxyConfig: AgentProxyConfig;
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
    readonly ips: readonly string[];
    readonly namespace: string;
  },
): BootstrapSettings {
  const { written, annotations, ips } = what;
  refuseTemplates(env, written);
  const stats = readStatsSettings(written, annotations);
  const expand = (patterns: readonly string[]) => expandAddresses(patterns, ips);
  const exitsOnZero = env.boolean('EXIT_ON_ZERO_ACTIVE_CONNECTIONS', false);
  return {
    stats: {
      ...stats,
      prefixes: expand(stats.prefixes),
      // Whoever waits for the last connection has to be able to count them.
      suffixes: [...expand(stats.suffixes), ...(exitsOnZero ? ['downstream_cx_active'] : [])],
      regexps: expand(stats.regexps),
    },
    telemetry: readTelemetrySettings(written),
    maxConnections: findLimit(env, what.proxyConfig, written),
    compressesStats: (annotations['sidecar.istio.io/statsCompression'] ?? String(written.statsCompression)) !== 'false',
    isMetricsLocal: env.boolean('METRICS_LOCALHOST_ACCESS_ONLY', false),
    takesProxyProtocol: env.boolean('ISTIO_META_ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL', false),
    secureMetricsPort: env.integer('ENVOY_SECURE_METRICS_PORT', 0),
    secureMergedMetricsPort: env.integer('ENVOY_SECURE_MERGED_METRICS_PORT', 0),
    serviceName: findServiceName(what),
  };
}

/** A template is a program in Go's language, of a bootstrap with Istio's own filters; what can be said in Envoy's own words is merged instead. */
function refuseTemplates(
  env: EnvironmentReader,
  { customConfigFile, proxyBootstrapTemplatePath }: ProxyConfigJson,
): void {
  const given = [
    env.text('ISTIO_BOOTSTRAP') && 'ISTIO_BOOTSTRAP',
    customConfigFile && 'ProxyConfig customConfigFile',
    proxyBootstrapTemplatePath && 'ProxyConfig proxyBootstrapTemplatePath',
  ].find((name) => typeof name === 'string' && name !== '');
  if (given !== undefined)
    throw settingFault(
      'AGENT_SETTING',
      `${given}: a template of the bootstrap is not supported; put what it changes into a file that ISTIO_BOOTSTRAP_OVERRIDE names`,
    );
}

/** `{pod_ip}` stands for each address. */
function expandAddresses(patterns: readonly string[], ips: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) =>
    pattern.includes('{pod_ip}') ? ips.map((ip) => pattern.replaceAll('{pod_ip}', ip)) : [pattern],
  );
}

const LIMIT_KEY = 'overload.global_downstream_max_connections';

function findLimit(
  env: EnvironmentReader,
  { runtimeValues }: AgentProxyConfig,
  { connectionSettings }: ProxyConfigJson,
): number | undefined {
  const settings: Readonly<Record<string, unknown>> =
    typeof connectionSettings === 'object' && connectionSettings !== null ? { ...connectionSettings } : {};
  const given = [
    settings.globalDownstreamConnectionLimit,
    env.text('ISTIO_META_GLOBAL_DOWNSTREAM_MAX_CONNECTIONS'),
    runtimeValues[LIMIT_KEY],
  ];
  return given.map(Number).find((limit) => Number.isInteger(limit) && limit > 0);
}

/** @see istio pkg/bootstrap/config.go `getServiceCluster` */
function findServiceName(what: {
  readonly written: ProxyConfigJson;
  readonly proxyConfig: AgentProxyConfig;
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
}): string | undefined {
  const { written, proxyConfig, labels, namespace } = what;
  const canonical =
    labels['service.istio.io/canonical-name'] ?? labels['app.kubernetes.io/name'] ?? labels.app ?? 'istio-proxy';
  if (written.tracingServiceName === 'CANONICAL_NAME_ONLY') return canonical;
  if (written.tracingServiceName === 'CANONICAL_NAME_AND_NAMESPACE') return `${canonical}.${namespace}`;
  return proxyConfig.serviceCluster === 'istio-proxy' ? undefined : proxyConfig.serviceCluster;
}
