import type { IpMode } from '../../model/proxy.ts';
import { compileServiceDnsCache } from '../dns-cache.ts';
import { type Extension, toExtension } from '../extension.ts';

/** Resolves the server name that a TLS client asks for, for a wildcard service that has no endpoints of its own. */
export function compileSniDynamicForwardProxy(hostname: string, port: number, ipMode: IpMode): Extension {
  return toExtension(
    'envoy.extensions.filters.network.sni_dynamic_forward_proxy',
    'envoy.extensions.filters.network.sni_dynamic_forward_proxy.v3.FilterConfig',
    { dns_cache_config: compileServiceDnsCache(hostname, ipMode), port_value: port },
  );
}
