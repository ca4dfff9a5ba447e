import type { Service } from '../../model/service.ts';
import type { LoadBalancer, LocalityLbSetting } from '../../model/traffic-policy.ts';

/** The locality settings that hold for a cluster. `forced` ones need no outlier detection to take effect. */
export interface LocalityLb {
  readonly setting: LocalityLbSetting;
  readonly forced: boolean;
}

/** Labels that say where a workload is, by which priorities may ask for it. */
export const NETWORK_LABEL = 'topology.istio.io/network';
export const CLUSTER_LABEL = 'topology.istio.io/cluster';
export const REGION_LABEL = 'topology.kubernetes.io/region';
export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const SUBZONE_LABEL = 'topology.istio.io/subzone';
export const HOSTNAME_LABEL = 'kubernetes.io/hostname';

const SAME_ZONE = preferring([NETWORK_LABEL, REGION_LABEL, ZONE_LABEL]);
const SAME_NODE = preferring([NETWORK_LABEL, REGION_LABEL, ZONE_LABEL, SUBZONE_LABEL, HOSTNAME_LABEL]);

/**
 * The locality settings of a cluster: the rule's, else what the service's `trafficDistribution` amounts to, else the mesh's.
 * Settings that are not enabled are none at all, and hide those behind them.
 * @see istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go `GetLocalityLbSetting`
 */
export function findLocalityLb(
  loadBalancer: LoadBalancer | undefined,
  service: Service,
  meshDefault: LocalityLbSetting | undefined,
): LocalityLb | undefined {
  const own = loadBalancer?.locality;
  if (own !== undefined) return own.enabled ? { setting: own, forced: false } : undefined;
  if (service.trafficDistribution !== 'any') return service.trafficDistribution === 'same-node' ? SAME_NODE : SAME_ZONE;
  return meshDefault?.enabled ? { setting: meshDefault, forced: false } : undefined;
}

/** Whether Envoy must weigh localities; otherwise weights would only distort the load balancer's own choice. */
export function isLocalityWeighted({ setting, forced }: LocalityLb, hasOutlierDetection: boolean): boolean {
  if (setting.distribute.length > 0) return true;
  return (forced || hasOutlierDetection) && (setting.failover.length > 0 || setting.failoverPriority.length > 0);
}

function preferring(failoverPriority: readonly string[]): LocalityLb {
  return { setting: { enabled: true, distribute: [], failover: [], failoverPriority }, forced: true };
}
