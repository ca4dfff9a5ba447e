/*
 * Every name that Envoy, istioctl, Kiali and people's dashboards know: built here and nowhere else.
 * See istio pilot/pkg/model/context.go `BuildSubsetKey` and pilot/pkg/networking/util.
 */

/** The cluster of a proxy's own workload, by which Envoy knows how its zones are filled; a bootstrap has it where zones count. */
export const LOCAL_CLUSTER = 'local_cluster';
/** Takes connections that nobody may make, and drops them. */
export const BLACK_HOLE_CLUSTER = 'BlackHoleCluster';
export const PASSTHROUGH_CLUSTER = 'PassthroughCluster';
export const INBOUND_PASSTHROUGH_CLUSTER = 'InboundPassthroughCluster';
export const ALLOW_ANY_DYNAMIC_DNS_CLUSTER = 'AllowAnyDynamicDNSCluster';
export const SDS_CLUSTER = 'sds-grpc';

/** The listener that captured outbound connections reach. */
export const VIRTUAL_OUTBOUND = 'virtualOutbound';
export const VIRTUAL_INBOUND = 'virtualInbound';
export const HTTP_PROXY_ROUTE = 'http_proxy';

/** Filter chains that are there whatever the mesh declares. */
export const PASSTHROUGH_CHAIN = 'PassthroughFilterChain';
export const BLACK_HOLE_OUTBOUND_CHAIN = 'virtualOutbound-blackhole';
export const CATCH_ALL_OUTBOUND_CHAIN = 'virtualOutbound-catchall-tcp';
export const CATCH_ALL_OUTBOUND_HTTP_CHAIN = 'virtualOutbound-catchall-tcp-http';
export const BLACK_HOLE_INBOUND_CHAIN = 'virtualInbound-blackhole';
export const CATCH_ALL_INBOUND_HTTP_CHAIN = 'virtualInbound-catchall-http';
export const CATCH_ALL_INBOUND_CHAIN = 'virtualInbound';

/** `outbound|8080|v1|host`; the subset is empty for the whole service. */
export function outboundClusterName(host: string, port: number, subset = ''): string {
  return `outbound|${port}|${subset}|${host}`;
}

/** `inbound|8080||`: by the port the workload listens on. */
export function inboundClusterName(targetPort: number): string {
  return `inbound|${targetPort}||`;
}

/** `outbound_.8080_.v1_.host`: the SNI of in-mesh TLS, and the cluster behind an AUTO_PASSTHROUGH gateway. */
export function sniClusterName(host: string, port: number, subset = ''): string {
  return `outbound_.${port}_.${subset}_.${host}`;
}

/** `0.0.0.0_8080`, `unix:///path_0`. */
export function listenerName(bind: string, port: number): string {
  return `${bind}_${port}`;
}

/** RDS name of the HTTP listener of a port. */
export function portRouteName(port: number): string {
  return `${port}`;
}

/** RDS name of a listener that serves one sniffed service on its own address. */
export function sniffedRouteName(host: string, port: number): string {
  return `${host}:${port}`;
}

/** `host:port`, the name of a virtual host; IPv6 hosts are bracketed. */
export function virtualHostName(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The path under which Istio names a configuration object in `filter_metadata.istio.config`. */
export function configPath(
  kind: 'virtual-service' | 'destination-rule' | 'sidecar' | 'gateway',
  namespace: string,
  name: string,
): string {
  return `/apis/networking.istio.io/v1/namespaces/${namespace}/${kind}/${name}`;
}

/** Virtual hosts that answer for every host nobody declared: one per outbound traffic policy. */
export const ALLOW_ANY = 'allow_any';
export const ALLOW_ANY_DYNAMIC_DNS = 'allow_any_dynamic_dns';
export const BLOCK_ALL = 'block_all';

/** The virtual host of an inbound port, by the service's port; 0 for what passes through. */
export function inboundVirtualHostName(servicePort: number): string {
  return `inbound|http|${servicePort}`;
}
