import type { EffectiveRule } from './effective-rule.ts';
import type { MeshConfig } from './mesh-config.ts';
import type { PeerPolicy } from './peer-policy.ts';
import type { Service } from './service.ts';
import type { Sidecar } from './sidecar.ts';
import type { ServiceTarget } from './workload.ts';

/** What the inbound side of one kind of workload is made of; workloads that serve the same ports of the same services share it. */
export interface InboundScope {
  readonly mesh: MeshConfig;
  readonly namespace: string;
  /** Oldest service first; one entry per (service, port). */
  readonly targets: readonly ServiceTarget[];
  /** The Sidecar that selects the workload; its `ingress`, when present, replaces the targets. */
  readonly sidecar?: Sidecar;
  /** The proxy's own addresses, for what binds or names them. Empty when nothing here does, so that replicas share the scope. */
  readonly ownAddresses: readonly string[];
  /** How the workload takes connections; absent: as if nobody had said anything. */
  readonly peers?: PeerPolicy;
  findRule(service: Service): EffectiveRule | undefined;
}
