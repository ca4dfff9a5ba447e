import type { EffectiveRule } from '../../model/effective-rule.ts';
import { HostIndex } from '../../model/host.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { Service } from '../../model/service.ts';
import type { ZoneAwareLbSetting } from '../../model/traffic-policy.ts';
import { findTrafficPolicy, type ResolvedPolicy } from '../../model/traffic-policy-resolution.ts';
import { parseFailoverLabel } from './failover-priority.ts';
import { findLocalityLb } from './locality-setting.ts';
import type { EndpointSettings } from './settings.ts';

/** Which parts of a client the assignments of a service look at. */
export interface PerspectiveNeeds {
  readonly cluster: boolean;
  readonly nodeName: boolean;
  readonly locality: boolean;
  readonly network: boolean;
  /** Keys of the client's labels, sorted. */
  readonly labels: readonly string[];
}

/** Most services: every client sees them alike. The identical value, so that it is recognised without a look inside. */
export const NO_NEEDS: PerspectiveNeeds = {
  cluster: false,
  nodeName: false,
  locality: false,
  network: false,
  labels: [],
};

/** Finds out what the assignments of a service, over all its ports and subsets, depend on in the client. */
export function findPerspectiveNeeds(
  service: Service,
  rule: EffectiveRule | undefined,
  settings: EndpointSettings,
): PerspectiveNeeds {
  const cluster = isClusterLocal(service.hostname, settings.clusterLocalHosts);
  const labels = new Set<string>();
  let locality = false;
  for (const policy of listPolicies(service, rule, settings)) {
    const needs = findPolicyNeeds(policy, service, settings);
    for (const label of needs.labels) labels.add(label);
    locality ||= needs.locality;
  }
  const network = settings.networkGateways.length > 0;
  if (!cluster && !service.nodeLocal && !locality && !network && labels.size === 0) return NO_NEEDS;
  return { cluster, nodeName: service.nodeLocal, locality, network, labels: [...labels].sort() };
}

function listPolicies(
  service: Service,
  rule: EffectiveRule | undefined,
  { defaultTrafficPolicy }: EndpointSettings,
): readonly ResolvedPolicy[] {
  const subsets = ['', ...(rule?.subsets ?? []).map((subset) => subset.name)];
  return service.ports.flatMap((port) =>
    subsets.map((subset) => findTrafficPolicy(rule, port.number, subset, defaultTrafficPolicy)),
  );
}

function findPolicyNeeds(
  { loadBalancer, outlierDetection }: ResolvedPolicy,
  service: Service,
  settings: EndpointSettings,
): Pick<PerspectiveNeeds, 'locality' | 'labels'> {
  const locality = findLocalityLb(loadBalancer, service, settings);
  if (locality === undefined) return NO_NEEDS;
  if (locality.kind === 'zone-aware') return findZoneNeeds(locality.setting);
  const { distribute, failover, failoverPriority } = locality.setting;
  if (distribute.length > 0) return { locality: true, labels: [] };
  if (!locality.forced && outlierDetection === undefined) return NO_NEEDS;
  const isByLocality = failoverPriority.length === 0 || failover.length > 0;
  return { locality: isByLocality, labels: listKeys(failoverPriority) };
}

function findZoneNeeds({
  enabled,
  failoverPriority,
}: ZoneAwareLbSetting): Pick<PerspectiveNeeds, 'locality' | 'labels'> {
  return enabled ? { locality: true, labels: listKeys(failoverPriority) } : NO_NEEDS;
}

function listKeys(failoverPriority: readonly string[]): readonly string[] {
  return failoverPriority.map((text) => parseFailoverLabel(text).key);
}

const indexes = new WeakMap<MeshConfig['clusterLocalHosts'], HostIndex<boolean>>();

/** Whether only endpoints of the client's own cluster may be sent. The most specific entry decides. */
function isClusterLocal(hostname: string, hosts: MeshConfig['clusterLocalHosts']): boolean {
  if (hosts.length === 0) return false;
  const index = indexes.get(hosts) ?? HostIndex.of(hosts.map(({ host, local }) => [host, local]));
  indexes.set(hosts, index);
  return index.find(hostname) ?? false;
}
