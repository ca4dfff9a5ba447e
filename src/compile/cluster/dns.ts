import { packAny } from '../../gen/codec.ts';
import type {
  envoy_config_cluster_v3_Cluster,
  envoy_config_cluster_v3_Cluster_DnsLookupFamily,
  envoy_config_core_v3_TypedExtensionConfig,
} from '../../gen/messages.ts';
import type { IpMode } from '../../model/proxy.ts';
import type { Service } from '../../model/service.ts';
import { toExtension } from '../extension.ts';
import { durationOf, uint32Of } from '../wire.ts';
import type { ClusterSettings } from './settings.ts';

type DnsLookupFamily = envoy_config_cluster_v3_Cluster_DnsLookupFamily;

/** Spreads the look-ups of many proxies. */
const JITTER_MS = 100;

/** c-ares, with sockets renewed now and then: it would stay with one source port for ever. */
const RESOLVER: envoy_config_core_v3_TypedExtensionConfig = {
  name: 'envoy.network.dns_resolver.cares',
  typed_config: packAny('envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig', {
    udp_max_queries: uint32Of(100),
  }),
};

/** What DNS clusters have beyond their hosts. */
export interface DnsCluster {
  readonly kind: 'strict-dns' | 'logical-dns';
  readonly family: DnsLookupFamily;
}

/** Compiles how the hosts of a cluster are resolved. */
export function compileDns(
  { kind, family }: DnsCluster,
  settings: ClusterSettings,
): Pick<
  envoy_config_cluster_v3_Cluster,
  | 'type'
  | 'cluster_type'
  | 'dns_lookup_family'
  | 'dns_refresh_rate'
  | 'dns_jitter'
  | 'respect_dns_ttl'
  | 'typed_dns_resolver_config'
> {
  const options = {
    dns_lookup_family: family,
    dns_refresh_rate: durationOf(settings.dnsRefreshRateMs),
    dns_jitter: durationOf(JITTER_MS),
    respect_dns_ttl: true,
    typed_dns_resolver_config: RESOLVER,
  };
  if (!settings.dnsExtension) return { type: kind === 'strict-dns' ? 'STRICT_DNS' : 'LOGICAL_DNS', ...options };
  return {
    cluster_type: toExtension('envoy.cluster.dns', 'envoy.extensions.clusters.dns.v3.DnsCluster', {
      ...options,
      all_addresses_in_single_endpoint: kind === 'logical-dns',
    }),
  };
}

/** The address families to resolve for a proxy; `raceConnect` tries all that there are. */
export function findLookupFamily(ipMode: IpMode, service?: Service): DnsLookupFamily {
  if (service?.raceConnect) return 'ALL';
  return ipMode === 'ipv6' ? 'V6_ONLY' : 'V4_ONLY';
}
