import type { envoy_extensions_filters_network_tcp_proxy_v3_TcpProxy as TcpProxy } from '../../gen/messages.ts';
import type { Tunnel } from '../../model/traffic-policy.ts';
import { type Extension, toExtension } from '../extension.ts';
import { compileAccessLogs } from '../listener/access-log.ts';
import type { ListenerSettings } from '../listener/settings.ts';
import { BLACK_HOLE_CLUSTER } from '../names.ts';
import { durationOf } from '../wire.ts';

/** A cluster and its share of connections; shares need not add up to 100. */
export interface WeightedCluster {
  readonly name: string;
  readonly weight: number;
}

/** What rules say about the connections of a TCP proxy. */
export interface TcpPolicy {
  readonly idleTimeoutMs?: number | undefined;
  readonly maxDurationMs?: number | undefined;
  /** Connections of one client go to one endpoint. */
  readonly hashesSource?: boolean;
  readonly tunnel?: Tunnel | undefined;
}

/** Where a TCP proxy sends its connections, and how long it keeps them. */
export interface TcpProxyInput {
  readonly statPrefix: string;
  readonly target: string | readonly WeightedCluster[];
  /** Absent for fixed clusters. */
  readonly policy?: TcpPolicy;
}

/** Compiles the network filter that forwards bytes. */
export function compileTcpProxy(settings: ListenerSettings, input: TcpProxyInput): Extension {
  const { statPrefix, target, policy = {} } = input;
  const idleTimeoutMs = policy.idleTimeoutMs ?? settings.idleTimeoutMs;
  return toFilter({
    stat_prefix: statPrefix,
    ...(typeof target === 'string' ? { cluster: target } : { weighted_clusters: { clusters: target } }),
    access_log: compileAccessLogs(settings.accessLog),
    ...(idleTimeoutMs !== undefined && { idle_timeout: durationOf(idleTimeoutMs) }),
    ...(policy.maxDurationMs !== undefined && {
      max_downstream_connection_duration: durationOf(policy.maxDurationMs),
    }),
    ...(policy.hashesSource && { hash_policy: [{ source_ip: {} }] }),
    ...(policy.tunnel && { tunneling_config: toTunnel(policy.tunnel) }),
  });
}

/** Ends connections that must go nowhere: those that reach a capture port itself and would loop. They are not worth a log line. */
export function compileBlackHole(): Extension {
  return toFilter({ stat_prefix: BLACK_HOLE_CLUSTER, cluster: BLACK_HOLE_CLUSTER });
}

function toFilter(message: TcpProxy): Extension {
  return toExtension(
    'envoy.filters.network.tcp_proxy',
    'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
    message,
  );
}

function toTunnel({ targetHost, targetPort, protocol }: Tunnel) {
  const host = targetHost.includes(':') ? `[${targetHost}]` : targetHost;
  return { hostname: `${host}:${targetPort}`, use_post: protocol === 'POST' };
}
