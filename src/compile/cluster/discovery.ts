import type { envoy_config_cluster_v3_Cluster } from '../../gen/messages.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { ResolvedPolicy } from '../../model/traffic-policy-resolution.ts';
import { isHttp, isTls } from '../../model/protocol.ts';

/** How Envoy comes by the hosts of a cluster. */
export type Discovery = 'eds' | 'strict-dns' | 'logical-dns' | 'original-dst' | 'dynamic-dns';

/** What of a proxy decides it. */
export interface DiscoveryClient {
  readonly type: 'sidecar' | 'router';
  /** Headless services of Kubernetes are EDS at sidecars, too. */
  readonly edsForHeadless: boolean;
}

/**
 * How the cluster of a service finds its hosts; `undefined` when the service has none (an alias).
 *
 * Gateways have no original destination to go to, so services without a resolution of their own are EDS there. A PASSTHROUGH load balancer
 * makes any cluster one of original destinations.
 * @see istio pilot/pkg/networking/core/cluster.go `convertResolution`
 */
export function findDiscovery(
  service: Service,
  client: DiscoveryClient,
  policy: ResolvedPolicy,
): Discovery | undefined {
  const own = findOwnDiscovery(service, client);
  if (own === undefined || own === 'dynamic-dns') return own;
  return policy.loadBalancer?.simple === 'passthrough' ? 'original-dst' : own;
}

function findOwnDiscovery(service: Service, client: DiscoveryClient): Discovery | undefined {
  switch (service.resolution) {
    case 'eds':
      return 'eds';
    case 'dns':
      return service.raceConnect ? 'logical-dns' : 'strict-dns';
    case 'dns-round-robin':
      return 'logical-dns';
    case 'passthrough':
      return client.type === 'router' || (client.edsForHeadless && service.registry === 'kubernetes')
        ? 'eds'
        : 'original-dst';
    case 'dynamic-dns':
      return 'dynamic-dns';
    case 'alias':
      return undefined;
  }
}

/** Whether a port gets clusters at all: no UDP, and of wildcard DNS only what names its host in the request. */
export function hasClusters(service: Service, port: ServicePort): boolean {
  if (port.protocol === 'udp') return false;
  return service.resolution !== 'dynamic-dns' || isHttp(port.protocol) || isTls(port.protocol);
}

/** EDS over the stream that the clusters came by. Nothing to wait for in vain: every EDS cluster is answered, if with nothing. */
export function compileEdsSource(
  serviceName: string,
): Pick<envoy_config_cluster_v3_Cluster, 'type' | 'eds_cluster_config'> {
  return {
    type: 'EDS',
    eds_cluster_config: {
      service_name: serviceName,
      eds_config: { ads: {}, initial_fetch_timeout: {}, resource_api_version: 'V3' },
    },
  };
}

/** Original destinations, on another port where a ServiceEntry says so. */
export function compileOriginalDst(
  service: Service,
  port: ServicePort,
): Pick<envoy_config_cluster_v3_Cluster, 'type' | 'original_dst_lb_config'> {
  const target = service.registry === 'external' && service.resolution === 'passthrough' ? port.targetPort : undefined;
  if (typeof target !== 'number') return { type: 'ORIGINAL_DST' };
  return { type: 'ORIGINAL_DST', original_dst_lb_config: { upstream_port_override: { value: target } } };
}
