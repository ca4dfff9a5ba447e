import { isIPv6 } from 'node:net';
import { tcpAddress } from './address.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import type { AgentSettings } from './settings/agent-settings.ts';

/** What an agent's bootstrap is compiled from. */
export function toBootstrapOptions({ proxy, proxyConfig, envoy, files, bootstrap }: AgentSettings): BootstrapOptions {
  const isIpv6First = isIPv6(proxy.ips[0]);
  const every = isIpv6First ? '::' : '0.0.0.0';
  const isDual = proxy.ips.some((ip) => isIPv6(ip) !== isIpv6First);
  const loopback = isIpv6First ? '::1' : '127.0.0.1';
  const { stats: moreStats, isMetricsLocal, secureMetricsPort, secureMergedMetricsPort, ...rest } = bootstrap;
  const toEvery = (port: number) => (port === 0 ? undefined : tcpAddress(every, port));
  const hasFileSds = proxy.metadata?.['file-credential'] === 'true';
  return {
    proxy,
    discovery: { kind: 'pipe', path: files.xdsSocket },
    admin: tcpAddress('127.0.0.1', proxyConfig.adminPort),
    agent: {
      sds: { kind: 'pipe', path: files.sdsSocket },
      status: tcpAddress('127.0.0.1', proxyConfig.statusPort),
      fileSds: hasFileSds ? { kind: 'pipe', path: files.fileSdsSocket } : undefined,
    },
    health: tcpAddress(every, envoy.readyPort),
    metrics: tcpAddress(isMetricsLocal ? loopback : every, envoy.prometheusPort),
    isDelta: envoy.isDelta,
    runtime: proxyConfig.runtimeValues,
    also: isDual ? (isIpv6First ? '0.0.0.0' : '::') : undefined,
    secureMetrics: toEvery(secureMetricsPort),
    secureMergedMetrics: toEvery(secureMergedMetricsPort),
    moreStats,
    ...rest,
  };
}
