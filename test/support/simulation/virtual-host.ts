import type {
  envoy_config_route_v3_RouteConfiguration as RouteConfiguration,
  envoy_config_route_v3_VirtualHost as VirtualHost,
} from '../../../src/gen/messages.ts';

/**
 * The virtual host of an authority: a whole name, else the longest `*.suffix`, else the longest `prefix.*`, else `*`.
 * @see envoy source/common/router/config_impl.cc `RouteMatcher::findVirtualHost`
 */
export function findVirtualHost(config: RouteConfiguration, authority: string): VirtualHost | undefined {
  const host = toHost(authority.toLowerCase(), config.ignore_port_in_host_matching === true);
  const domains = (config.virtual_hosts ?? []).flatMap((vhost) =>
    (vhost.domains ?? []).map((domain) => ({ domain: domain.toLowerCase(), vhost })),
  );
  const exact = domains.find(({ domain }) => domain === host);
  if (exact) return exact.vhost;
  const bySuffix = domains.filter(({ domain }) => domain.length > 1 && domain.startsWith('*'));
  const suffix = longest(bySuffix, ({ domain }) => host.length > domain.length - 1 && host.endsWith(domain.slice(1)));
  if (suffix) return suffix.vhost;
  const byPrefix = domains.filter(({ domain }) => domain.length > 1 && domain.endsWith('*'));
  const prefix = longest(
    byPrefix,
    ({ domain }) => host.length > domain.length - 1 && host.startsWith(domain.slice(0, -1)),
  );
  return (prefix ?? domains.find(({ domain }) => domain === '*'))?.vhost;
}

function toHost(authority: string, ignorePort: boolean): string {
  return ignorePort ? authority.replace(/:\d+$/, '') : authority;
}

function longest<T extends { readonly domain: string }>(list: readonly T[], fits: (item: T) => boolean): T | undefined {
  return list.filter(fits).sort((a, b) => b.domain.length - a.domain.length)[0];
}
