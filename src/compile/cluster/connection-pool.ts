import type {
  envoy_config_cluster_v3_CircuitBreakers,
  envoy_config_cluster_v3_Cluster,
  envoy_config_core_v3_TcpKeepalive,
} from '../../gen/messages.ts';
import type { ConnectionPool, RetryBudget, TcpKeepalive } from '../../model/traffic-policy.ts';
import { durationOf, uint32Of } from '../wire.ts';
import type { ClusterSettings } from './settings.ts';

/** Envoy's own limits (1024 connections and so on) would break circuits that nobody asked to be guarded. */
const NO_LIMIT = 0xffff_ffff;

/** How a cluster dials, and how many of everything it allows. */
export function compileConnections(
  settings: ClusterSettings,
  pool: ConnectionPool | undefined,
  retryBudget?: RetryBudget,
): Pick<envoy_config_cluster_v3_Cluster, 'connect_timeout' | 'circuit_breakers' | 'upstream_connection_options'> {
  const own = pool?.tcp?.keepalive;
  const keepalive = (settings.tcpKeepalive ?? own) && compileKeepalive({ ...settings.tcpKeepalive, ...own });
  return {
    connect_timeout: durationOf(pool?.tcp?.connectTimeoutMs ?? settings.connectTimeoutMs),
    circuit_breakers: compileCircuitBreakers(pool, retryBudget),
    ...(keepalive && { upstream_connection_options: { tcp_keepalive: keepalive } }),
  };
}

/** Limits of 0 are not limits: they are what an unset field looks like. */
function compileCircuitBreakers(
  pool: ConnectionPool | undefined,
  retryBudget: RetryBudget | undefined,
): envoy_config_cluster_v3_CircuitBreakers {
  const { tcp, http } = pool ?? {};
  return {
    thresholds: [
      {
        max_connections: uint32Of(tcp?.maxConnections || NO_LIMIT),
        max_pending_requests: uint32Of(http?.http1MaxPendingRequests || NO_LIMIT),
        max_requests: uint32Of(http?.http2MaxRequests || NO_LIMIT),
        max_retries: uint32Of(http?.maxRetries || NO_LIMIT),
        ...(retryBudget && { retry_budget: compileRetryBudget(retryBudget) }),
      },
    ],
  };
}

/** Envoy's own defaults, 20 % and 3, are spelled out: a budget replaces the limit of retries as soon as it is there. */
function compileRetryBudget({ percent, budgetIntervalMs, minRetryConcurrency }: RetryBudget) {
  return {
    budget_percent: { value: percent ?? 20 },
    ...(budgetIntervalMs !== undefined && { budget_interval: durationOf(budgetIntervalMs) }),
    // Istio has no way to say 0.
    min_retry_concurrency: uint32Of(minRetryConcurrency || 3),
  };
}

/** Whole seconds, as the socket options want them. Without any, connections are kept alive as the operating system does it. */
function compileKeepalive({ probes, timeMs, intervalMs }: TcpKeepalive): envoy_config_core_v3_TcpKeepalive {
  return {
    ...(probes && { keepalive_probes: uint32Of(probes) }),
    ...(timeMs && { keepalive_time: secondsOf(timeMs) }),
    ...(intervalMs && { keepalive_interval: secondsOf(intervalMs) }),
  };
}

function secondsOf(ms: number) {
  return uint32Of(Math.max(1, Math.trunc(ms / 1000)));
}
