import { isIPv6 } from 'node:net';
import { tcpAddress } from './address.ts';
import type { BootstrapOptions } from './bootstrap.ts';
import type { AgentSettings } from './settings/agent-settings.ts';

/** What an agent's bootstrap is compiled from. */
export function toBootstrapOptions({ proxy, proxyConfig, envoy, files }: AgentSettings): BootstrapOptions {
  const every = isIPv6(proxy.ips[0]) ? '::' : '0.0.0.0';
  return {
    proxy,
    discovery: { kind: 'pipe', path: files.xdsSocket },
    admin: tcpAddress('127.0.0.1', proxyConfig.adminPort),
    agent: { sds: { kind: 'pipe', path: files.sdsSocket }, status: tcpAddress('127.0.0.1', proxyConfig.statusPort) },
    health: tcpAddress(every, envoy.readyPort),
    metrics: tcpAddress(every, envoy.prometheusPort),
    isDelta: envoy.isDelta,
    runtime: proxyConfig.runtimeValues,
  };
}
