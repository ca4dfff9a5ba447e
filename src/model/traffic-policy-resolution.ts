import type { EffectiveRule } from './effective-rule.ts';
import type { MeshConfig } from './mesh-config.ts';
import type { ClientTls, PortTrafficPolicy, RetryBudget, TrafficPolicy, Tunnel } from './traffic-policy.ts';

/** The traffic policy of one cluster, with ports, subsets and mesh defaults already taken into account. */
export interface ResolvedPolicy extends PortTrafficPolicy {
  readonly tunnel?: Tunnel;
  readonly proxyProtocol?: 'V1' | 'V2';
  readonly retryBudget?: RetryBudget;
}

/** What the mesh says for clusters whose rule says nothing. */
export type PolicyDefaults = MeshConfig['defaultTrafficPolicy'];

const NO_POLICY: ResolvedPolicy = {};

/**
 * The policy that holds for one port of a service, or for one subset of it. Empty, not absent, when nothing was said.
 *
 * A port-level entry replaces everything that was said for all ports. A subset overlays what holds for the whole service block by block, but its
 * own port-level entry replaces all four blocks, also those that it leaves out, mesh defaults included; `proxyProtocol` and `retryBudget` survive it.
 * A subset that the rule does not declare has the policy of the whole service.
 *
 * @param port number of the service's port.
 * @see istio pilot/pkg/networking/util/util.go `MergeSubsetTrafficPolicy`, `GetPortLevelTrafficPolicy`
 */
export function findTrafficPolicy(
  rule: EffectiveRule | undefined,
  port: number,
  subset = '',
  defaults?: PolicyDefaults,
): ResolvedPolicy {
  const whole = withDefaults(findServicePolicy(rule?.trafficPolicy, port), defaults);
  const overlay = subset === '' ? undefined : findSubset(rule, subset)?.trafficPolicy;
  return overlay === undefined ? whole : overlayPolicy(whole, overlay, port);
}

/**
 * The TLS settings by which *endpoints* are told apart, which Istio looks up in another way than those of their cluster: a port-level entry
 * without `tls` leaves the rule's own in force.
 * @see istio pilot/pkg/xds/endpoints/mtls_checker.go `tlsModeForDestinationRule`
 */
export function findEndpointTls(rule: EffectiveRule | undefined, port: number, subset = ''): ClientTls | undefined {
  const overlay = subset === '' ? undefined : findSubset(rule, subset)?.trafficPolicy;
  return findPolicyTls(overlay, port) ?? findPolicyTls(rule?.trafficPolicy, port);
}

function findPolicyTls(policy: TrafficPolicy | undefined, port: number): ClientTls | undefined {
  return policy?.portLevel.get(port)?.tls ?? policy?.tls;
}

function findSubset(rule: EffectiveRule | undefined, name: string): EffectiveRule['subsets'][number] | undefined {
  return rule?.subsets.find((subset) => subset.name === name);
}

function findServicePolicy(policy: TrafficPolicy | undefined, port: number): ResolvedPolicy {
  return policy?.portLevel.get(port) ?? policy ?? NO_POLICY;
}

function withDefaults(policy: ResolvedPolicy, defaults: PolicyDefaults): ResolvedPolicy {
  const connectionPool = policy.connectionPool ?? defaults?.connectionPool;
  const outlierDetection = policy.outlierDetection ?? defaults?.outlierDetection;
  if (connectionPool === policy.connectionPool && outlierDetection === policy.outlierDetection) return policy;
  return { ...policy, ...(connectionPool && { connectionPool }), ...(outlierDetection && { outlierDetection }) };
}

function overlayPolicy(whole: ResolvedPolicy, overlay: TrafficPolicy, port: number): ResolvedPolicy {
  const tunnel = overlay.tunnel ?? whole.tunnel;
  const proxyProtocol = overlay.proxyProtocol ?? whole.proxyProtocol;
  const retryBudget = overlay.retryBudget ?? whole.retryBudget;
  return {
    ...(overlay.portLevel.get(port) ?? overlayBlocks(whole, overlay)),
    ...(tunnel && { tunnel }),
    ...(proxyProtocol && { proxyProtocol }),
    ...(retryBudget && { retryBudget }),
  };
}

function overlayBlocks(whole: PortTrafficPolicy, overlay: PortTrafficPolicy): PortTrafficPolicy {
  const loadBalancer = overlay.loadBalancer ?? whole.loadBalancer;
  const connectionPool = overlay.connectionPool ?? whole.connectionPool;
  const outlierDetection = overlay.outlierDetection ?? whole.outlierDetection;
  const tls = overlay.tls ?? whole.tls;
  return {
    ...(loadBalancer && { loadBalancer }),
    ...(connectionPool && { connectionPool }),
    ...(outlierDetection && { outlierDetection }),
    ...(tls && { tls }),
  };
}
