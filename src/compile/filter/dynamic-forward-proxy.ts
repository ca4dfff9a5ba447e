import type { envoy_extensions_common_dynamic_forward_proxy_v3_DnsCacheConfig } from '../../gen/messages.ts';
import { compileAllowAnyDnsCache, compileServiceDnsCache } from '../dns-cache.ts';
import { type Extension, toExtension } from '../extension.ts';
import type { HttpFilterContext } from './http-filter.ts';

/**
 * Resolves the request's host for clusters that have no endpoints of their own: one filter per DNS cache, because a cluster finds only hosts
 * of the cache that it names.
 */
export function compileDynamicForwardProxy(context: HttpFilterContext): readonly Extension[] {
  if (context.side !== 'outbound') return [];
  const { settings, dynamicHosts, allowAnyDynamicDns } = context;
  const caches = dynamicHosts.map((host) => compileServiceDnsCache(host, settings.ipMode));
  return [...caches, ...(allowAnyDynamicDns ? [compileAllowAnyDnsCache(settings)] : [])].map(toFilter);
}

function toFilter(cache: envoy_extensions_common_dynamic_forward_proxy_v3_DnsCacheConfig): Extension {
  return toExtension(
    'envoy.filters.http.dynamic_forward_proxy',
    'envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig',
    { dns_cache_config: cache },
  );
}
