import type { Service } from '../../model/service.ts';
import type { LoadBalancer, LocalityLbSetting, ZoneAwareLbSetting } from '../../model/traffic-policy.ts';

/** The locality settings that hold for a cluster. */
export type LocalityLb =
  /** `forced` ones need no outlier detection to take effect. */
  | { readonly kind: 'locality'; readonly setting: LocalityLbSetting; readonly forced: boolean }
  /** Those that are not enabled hold too: they turn off what Envoy does by itself. */
  | { readonly kind: 'zone-aware'; readonly setting: ZoneAwareLbSetting };

/** The mesh's own settings, for clusters whose rules have none. */
export interface MeshLocalityLb {
  readonly localityLbSetting?: LocalityLbSetting | undefined;
  readonly zoneAwareLbSetting?: ZoneAwareLbSetting | undefined;
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
 * The locality settings of a cluster: the rule's, else what the service's `trafficDistribution` amounts to, else the mesh's; the zone-aware ones
 * first where both could hold. Locality settings that are not enabled are none at all, and hide those behind them.
 * @see istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go `GetEffectiveLbSetting`
 */
export function findLocalityLb(
  loadBalancer: LoadBalancer | undefined,
  service: Service,
  mesh: MeshLocalityLb,
): LocalityLb | undefined {
  const own = loadBalancer && findSetting(loadBalancer.zoneAware, loadBalancer.locality);
  if (own !== undefined) return own === 'none' ? undefined : own;
  if (service.trafficDistribution !== 'any') return service.trafficDistribution === 'same-node' ? SAME_NODE : SAME_ZONE;
  const shared = findSetting(mesh.zoneAwareLbSetting, mesh.localityLbSetting);
  return shared === 'none' ? undefined : shared;
}

function findSetting(
  zoneAware: ZoneAwareLbSetting | undefined,
  locality: LocalityLbSetting | undefined,
): LocalityLb | 'none' | undefined {
  if (zoneAware !== undefined) return { kind: 'zone-aware', setting: zoneAware };
  if (locality === undefined) return undefined;
  return locality.enabled ? { kind: 'locality', setting: locality, forced: false } : 'none';
}

/** Whether Envoy must weigh localities; otherwise weights would only distort the load balancer's own choice. */
export function isLocalityWeighted(locality: LocalityLb, hasOutlierDetection: boolean): boolean {
  if (locality.kind === 'zone-aware') return false;
  const { setting, forced } = locality;
  if (setting.distribute.length > 0) return true;
  return (forced || hasOutlierDetection) && (setting.failover.length > 0 || setting.failoverPriority.length > 0);
}

function preferring(failoverPriority: readonly string[]): LocalityLb {
  return { kind: 'locality', setting: { enabled: true, distribute: [], failover: [], failoverPriority }, forced: true };
}
