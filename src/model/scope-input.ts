import type { MeshConfig } from './mesh-config.ts';
import type { Labels } from './object.ts';
import type { PlaintextNamespaces } from './peer-policy.ts';
import type { RuleIndex } from './rule-index.ts';
import type { Service } from './service.ts';
import type { VirtualService } from './virtual-service.ts';

/** Everything a scope is made of; each part keeps its identity while its content is equal. */
export interface ScopeInput {
  readonly mesh: MeshConfig;
  readonly services: readonly Service[];
  readonly virtualServices: readonly VirtualService[];
  readonly rules: RuleIndex;
  readonly namespace: string;
  readonly labels: Labels;
  /** Absent: none. */
  readonly plaintext?: PlaintextNamespaces;
}
