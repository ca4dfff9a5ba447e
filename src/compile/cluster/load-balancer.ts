import { findLocalityLb, isLocalityWeighted, type LocalityLb } from '../endpoint/locality-setting.ts';
import type {
  envoy_config_cluster_v3_Cluster,
  envoy_config_cluster_v3_Cluster_SlowStartConfig,
} from '../../gen/messages.ts';
import type { ConsistentHash, LoadBalancer, Warmup, ZoneAwareLbSetting } from '../../model/traffic-policy.ts';
import { isPersistent } from '../endpoint/persistent-session.ts';
import { durationOf } from '../wire.ts';
import type { ClusterPlan } from './plan.ts';

type CommonLb = NonNullable<envoy_config_cluster_v3_Cluster['common_lb_config']>;

type LbFields = Pick<
  envoy_config_cluster_v3_Cluster,
  'lb_policy' | 'least_request_lb_config' | 'round_robin_lb_config' | 'ring_hash_lb_config' | 'maglev_lb_config'
>;

/**
 * Compiles how a host is chosen. Clusters of original destinations and of dynamic DNS choose by themselves.
 * @see istio pilot/pkg/networking/core/cluster_traffic_policy.go `applyLoadBalancer`
 */
export function compileLoadBalancer({ discovery, policy: { loadBalancer } }: ClusterPlan): LbFields {
  if (discovery === 'original-dst' || discovery === 'dynamic-dns') return { lb_policy: 'CLUSTER_PROVIDED' };
  return loadBalancer?.consistentHash ? compileHash(loadBalancer.consistentHash) : compileSimple(loadBalancer);
}

function compileSimple(loadBalancer: LoadBalancer | undefined): LbFields {
  const warmup = loadBalancer?.warmup && { slow_start_config: compileSlowStart(loadBalancer.warmup) };
  switch (loadBalancer?.simple) {
    case 'round-robin':
      return { lb_policy: 'ROUND_ROBIN', ...(warmup && { round_robin_lb_config: warmup }) };
    case 'random':
      return { lb_policy: 'RANDOM' };
    default:
      return { lb_policy: 'LEAST_REQUEST', ...(warmup && { least_request_lb_config: warmup }) };
  }
}

function compileHash({ algorithm }: ConsistentHash): LbFields {
  if (algorithm.kind === 'maglev') {
    const { tableSize } = algorithm;
    return { lb_policy: 'MAGLEV', ...(tableSize && { maglev_lb_config: { table_size: { value: tableSize } } }) };
  }
  const { minimumRingSize: size } = algorithm;
  return { lb_policy: 'RING_HASH', ...(size && { ring_hash_lb_config: { minimum_ring_size: { value: size } } }) };
}

/** Envoy demands the name of a runtime key beside the value; nobody sets this one, which is Istio's. */
const UNUSED_RUNTIME_KEY = '(';

function compileSlowStart(warmup: Warmup): envoy_config_cluster_v3_Cluster_SlowStartConfig {
  const slow_start_window = durationOf(warmup.durationMs);
  if (warmup.legacy) return { slow_start_window };
  return {
    slow_start_window,
    aggression: { default_value: warmup.aggression ?? 1, runtime_key: UNUSED_RUNTIME_KEY },
    min_weight_percent: { value: warmup.minimumPercent ?? 10 },
  };
}

/**
 * Compiles what all load balancers share: panic mode, weights by locality, hosts that sessions stick to.
 *
 * Panic is off unless a rule sets its threshold: unhealthy endpoints are sent along, and panic would send traffic to them.
 * Sessions may stick to a host that is draining; a subset, which a route chose, does not override.
 */
export function compileCommonLb(plan: ClusterPlan): CommonLb {
  const { policy, settings, service, subset } = plan;
  const locality = findLocalityLb(policy.loadBalancer, service, settings);
  const isSticky = subset === '' && isPersistent(service);
  return {
    ...compilePanic(plan),
    ...(locality?.kind === 'zone-aware' ? compileZoneAware(locality.setting) : compileWeighting(plan, locality)),
    ...(isSticky && { override_host_status: { statuses: ['HEALTHY', 'DRAINING', 'UNKNOWN', 'DEGRADED'] } }),
  };
}

function compileWeighting({ policy, settings }: ClusterPlan, locality: LocalityLb | undefined): CommonLb {
  const hasOutlierDetection = policy.outlierDetection !== undefined;
  const isWeighted = settings.localityWeighted || (locality && isLocalityWeighted(locality, hasOutlierDetection));
  return isWeighted ? { locality_weighted_lb_config: {} } : {};
}

/** Envoy prefers its own zone wherever it knows its own cluster, so settings that are not enabled have to be said as well. */
function compileZoneAware({ enabled, minClusterSize }: ZoneAwareLbSetting): CommonLb {
  return {
    zone_aware_lb_config: {
      ...(!enabled && { routing_enabled: { value: 0 } }),
      ...(minClusterSize !== undefined && { min_cluster_size: { value: minClusterSize } }),
    },
  };
}

function compilePanic({ policy: { outlierDetection }, settings: { sendUnhealthy } }: ClusterPlan) {
  // Proxies that hear of healthy endpoints only keep Envoy's own threshold.
  if (outlierDetection === undefined && sendUnhealthy === 'never') return {};
  const percent = sendUnhealthy === 'always' ? 0 : (outlierDetection?.minHealthPercent ?? 0);
  return { healthy_panic_threshold: { value: percent } };
}
