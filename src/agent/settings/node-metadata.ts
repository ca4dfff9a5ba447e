import type { EnvironmentReader } from './environment.ts';
import { readJsonMap } from './environment-parts.ts';
import type { AgentProxyConfig, ProxyConfigJson } from './proxy-config.ts';

/** What this agent speaks like: control planes give proxies an identity when their agent says its version. */
const ISTIO_VERSION = '1.30.0';

/**
 * Entries of the node's metadata beside those that every proxy has: `ISTIO_META_X=v` becomes `X`, and the members of every `ISTIO_METAJSON_X`
 * their own entries.
 * @see istio pkg/bootstrap/config.go `extractMetadata`
 */
export function toNodeMetadata(
  env: EnvironmentReader,
  {
    annotations,
    written,
    proxyConfig,
  }: {
    readonly annotations: Readonly<Record<string, string>>;
    readonly written: ProxyConfigJson;
    readonly proxyConfig: AgentProxyConfig;
  },
): Readonly<Record<string, unknown>> {
  const plain = env.prefixed('ISTIO_META_').map(([name, value]) => [name, value] as const);
  const json = env
    .prefixed('ISTIO_METAJSON_')
    .flatMap(([name, value]) =>
      name === 'LABELS' ? [] : Object.entries(readJsonMap(value, `ISTIO_METAJSON_${name}`)),
    );
  const dnsAddress = env.text('DNS_PROXY_ADDR');
  return {
    ISTIO_VERSION,
    PILOT_SAN: [proxyConfig.discoveryAddress.replace(/:\d+$/, '')],
    PROXY_CONFIG: { ...written },
    ...(Object.keys(annotations).length > 0 && { ANNOTATIONS: annotations }),
    ...(dnsAddress !== undefined && { DNS_PROXY_ADDR: dnsAddress }),
    ENVOY_STATUS_PORT: env.integer('ENVOY_STATUS_PORT', 15_021),
    ENVOY_PROMETHEUS_PORT: env.integer('ENVOY_PROMETHEUS_PORT', 15_090),
    ...Object.fromEntries([...plain, ...json]),
  };
}
