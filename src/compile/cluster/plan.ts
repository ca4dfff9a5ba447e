import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { ResolvedPolicy } from '../../model/traffic-policy-resolution.ts';
import type { Discovery } from './discovery.ts';
import type { ClusterSettings } from './settings.ts';

/** What one outbound cluster is, before it is put in Envoy's words. */
export interface ClusterPlan {
  readonly settings: ClusterSettings;
  readonly service: Service;
  readonly port: ServicePort;
  /** The rule that governs the service for this client; metadata and reports name it. */
  readonly rule: EffectiveRule | undefined;
  /** Empty for the whole service. */
  readonly subset: string;
  /** Envoy's name of the cluster, which is its EDS name too. */
  readonly name: string;
  /** `sni-dnat` passes on mTLS that it does not terminate: the cluster of an AUTO_PASSTHROUGH server. */
  readonly mode: 'default' | 'sni-dnat';
  /** The rule's settings for this port and subset, mesh defaults included. */
  readonly policy: ResolvedPolicy;
  readonly discovery: Discovery;
  /** Identities that the service's workloads may have, sorted. */
  readonly accounts: readonly string[];
  /** Whether mTLS may be used where nobody asked for it. */
  readonly autoMtls: boolean;
}
