import type { envoy_extensions_common_dynamic_forward_proxy_v3_DnsCacheConfig } from '../gen/messages.ts';
import type { IpMode } from '../model/proxy.ts';
import { toExtension } from './extension.ts';
import { uint32Of } from './wire.ts';

/*
 * Names that Envoy itself resolves while it proxies. A cache is known by its name and must be described by the same words wherever it is
 * named: Envoy refuses a filter and a cluster that differ about one cache.
 */

/** What such a cache depends on in a proxy. */
export interface DnsCacheFacet {
  readonly ipMode: IpMode;
  readonly dnsCapture: boolean;
}

const ALLOW_ANY_CACHE = 'allow_any_dfp_dns_cache';

/** How many names of unknown hosts one proxy remembers. */
const MAX_ALLOW_ANY_HOSTS = 1024;

/** Where the agent answers DNS when it captures it. */
const AGENT_DNS = { address: '127.0.0.1', port_value: 15053 };

/** The cache of a service with resolution DYNAMIC_DNS; `hostname` is its wildcard. */
export function compileServiceDnsCache(
  hostname: string,
  ipMode: IpMode,
): envoy_extensions_common_dynamic_forward_proxy_v3_DnsCacheConfig {
  return { name: `${hostname}_dfp_dns_cache`, dns_lookup_family: lookupFamily(ipMode) };
}

/** The cache of hosts that nobody declared, for the outbound policy ALLOW_ANY_DYNAMIC_DNS. */
export function compileAllowAnyDnsCache({
  ipMode,
  dnsCapture,
}: DnsCacheFacet): envoy_extensions_common_dynamic_forward_proxy_v3_DnsCacheConfig {
  const cache = {
    name: ALLOW_ANY_CACHE,
    dns_lookup_family: lookupFamily(ipMode),
    max_hosts: uint32Of(MAX_ALLOW_ANY_HOSTS),
  };
  return dnsCapture ? { ...cache, typed_dns_resolver_config: agentResolver() } : cache;
}

/** Without the dual-stack switch, a dual proxy asks for IPv4 only. */
function lookupFamily(ipMode: IpMode): 'V4_ONLY' | 'V6_ONLY' {
  return ipMode === 'ipv6' ? 'V6_ONLY' : 'V4_ONLY';
}

function agentResolver() {
  return toExtension(
    'envoy.network.dns_resolver.cares',
    'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig',
    { resolvers: [{ socket_address: AGENT_DNS }] },
  );
}
