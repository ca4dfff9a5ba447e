import type { envoy_config_cluster_v3_Cluster, envoy_config_core_v3_BindConfig } from '../../gen/messages.ts';
import type { IpMode } from '../../model/proxy.ts';
import { type DnsCacheFacet, compileAllowAnyDnsCache } from '../dns-cache.ts';
import {
  ALLOW_ANY_DYNAMIC_DNS_CLUSTER,
  BLACK_HOLE_CLUSTER,
  INBOUND_PASSTHROUGH_CLUSTER,
  PASSTHROUGH_CLUSTER,
} from '../names.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { durationOf } from '../wire.ts';
import { compileConnections } from './connection-pool.ts';
import { compileDynamicDns } from './dynamic-dns.ts';
import { compileAsClient, toProtocolOptions } from './http-protocol-options.ts';
import { METADATA_EXCHANGE } from './metadata.ts';
import type { ClusterSettings } from './settings.ts';
import { toAltStatName } from './stat-name.ts';

type Cluster = envoy_config_cluster_v3_Cluster;

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

/** Five minutes: nobody said what is behind these clusters, nor how long it keeps a connection. */
const IDLE_TIMEOUT_MS = 300_000;

function compileOptions(settings: ClusterSettings) {
  return toProtocolOptions({
    common_http_protocol_options: { idle_timeout: durationOf(IDLE_TIMEOUT_MS) },
    ...compileAsClient(settings),
  });
}

/** The cluster without hosts, where traffic goes that must not go anywhere. */
export function compileBlackHole(settings: ClusterSettings): CompiledResource {
  const cluster: Cluster = {
    name: BLACK_HOLE_CLUSTER,
    alt_stat_name: toAltStatName(BLACK_HOLE_CLUSTER),
    type: 'STATIC',
    connect_timeout: durationOf(settings.connectTimeoutMs),
  };
  return toResource(CLUSTER, BLACK_HOLE_CLUSTER, cluster, []);
}

/** The cluster of hosts that nobody declared: wherever the client wanted to go. */
export function compilePassthrough(settings: ClusterSettings): CompiledResource {
  const cluster: Cluster = {
    ...compilePassthroughBase(settings),
    name: PASSTHROUGH_CLUSTER,
    ...(settings.istioFilters && { filters: [METADATA_EXCHANGE] }),
  };
  return toResource(CLUSTER, PASSTHROUGH_CLUSTER, cluster, []);
}

/** The same for the inbound side. It counts under the other's name, as in Istio, and dials from an address that is not captured again. */
export function compileInboundPassthrough(settings: ClusterSettings, ipMode: IpMode): CompiledResource {
  const cluster: Cluster = {
    ...compilePassthroughBase(settings),
    name: INBOUND_PASSTHROUGH_CLUSTER,
    upstream_bind_config: compileInboundBind(ipMode, ipMode === 'dual'),
  };
  return toResource(CLUSTER, INBOUND_PASSTHROUGH_CLUSTER, cluster, []);
}

function compilePassthroughBase(settings: ClusterSettings): Cluster {
  return {
    alt_stat_name: toAltStatName(PASSTHROUGH_CLUSTER),
    type: 'ORIGINAL_DST',
    lb_policy: 'CLUSTER_PROVIDED',
    ...compileConnections(settings, settings.defaultTrafficPolicy?.connectionPool),
    ...compileOptions(settings),
  };
}

/** The cluster of hosts that nobody declared, by their names instead of their addresses. */
export function compileAllowAnyDynamicDns(
  settings: ClusterSettings,
  ipMode: DnsCacheFacet['ipMode'],
  dnsCapture: boolean,
): CompiledResource {
  const cluster: Cluster = {
    name: ALLOW_ANY_DYNAMIC_DNS_CLUSTER,
    alt_stat_name: toAltStatName(ALLOW_ANY_DYNAMIC_DNS_CLUSTER),
    ...compileDynamicDns(compileAllowAnyDnsCache({ ipMode, dnsCapture }), true),
    lb_policy: 'CLUSTER_PROVIDED',
    ...compileConnections(settings, settings.defaultTrafficPolicy?.connectionPool),
    ...compileOptions(settings),
    ...(settings.istioFilters && { filters: [METADATA_EXCHANGE] }),
  };
  return toResource(CLUSTER, ALLOW_ANY_DYNAMIC_DNS_CLUSTER, cluster, []);
}

/** From where the proxy dials its own workload: the capture rules let this address pass. */
export function compileInboundBind(ipMode: IpMode, hasBoth = false): envoy_config_core_v3_BindConfig {
  return {
    source_address: { address: ipMode === 'ipv6' ? BIND_V6 : BIND_V4, port_value: 0 },
    ...(hasBoth && { extra_source_addresses: [{ address: { address: BIND_V6, port_value: 0 } }] }),
  };
}

const BIND_V4 = '127.0.0.6';
const BIND_V6 = '::6';
