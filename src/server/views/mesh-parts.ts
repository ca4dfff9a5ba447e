import { resolveDelegates } from '../../model/delegate.ts';
import type { Issue } from '../../model/issue.ts';
import type { EndpointIndex, Snapshot } from '../../model/snapshot.ts';
import { NO_ENDPOINTS } from '../../model/endpoint.ts';
import { applyPeerPolicies } from '../../model/peer-endpoints.ts';
import { PeerPolicies } from '../../model/peer-policy.ts';
import { listRelevantLabels } from '../../model/relevant-labels.ts';
import { RuleIndex } from '../../model/rule-index.ts';
import type { VirtualService } from '../../model/virtual-service.ts';

/** Stands in where endpoints do not matter, so that their changes do not reach what is computed there. */
export const WITHOUT_ENDPOINTS: EndpointIndex = { of: () => NO_ENDPOINTS };

/** A snapshot and what is derived from it once for all proxies; derived parts keep their identity while what they come from does. */
export class MeshParts {
  readonly snapshot: Snapshot;
  readonly rules: RuleIndex;
  readonly relevantLabels: ReadonlySet<string>;
  /** With the rules of their delegates; delegates themselves are not in it. */
  readonly virtualServices: readonly VirtualService[];
  readonly delegateIssues: readonly Issue[];
  readonly peers: PeerPolicies;
  /** The snapshot's, with mutual TLS where servers take it. */
  readonly endpoints: EndpointIndex;

  constructor(snapshot: Snapshot, previous: MeshParts | undefined) {
    this.snapshot = snapshot;
    const { virtualServices, issues } = resolveDelegates(snapshot.virtualServices);
    this.virtualServices = virtualServices;
    this.delegateIssues = issues;
    const last = previous?.snapshot;
    const sameRules =
      last?.destinationRules === snapshot.destinationRules && last.mesh.rootNamespace === snapshot.mesh.rootNamespace;
    this.rules =
      sameRules && previous !== undefined
        ? previous.rules
        : new RuleIndex(snapshot.destinationRules, snapshot.mesh.rootNamespace);
    const { peerAuthentications, mesh } = snapshot;
    const samePeers =
      last?.peerAuthentications === peerAuthentications && last.mesh.rootNamespace === mesh.rootNamespace;
    this.peers =
      samePeers && previous !== undefined ? previous.peers : new PeerPolicies(peerAuthentications, mesh.rootNamespace);
    this.endpoints = applyPeerPolicies(snapshot.endpoints, this.peers);
    const sameLabels = sameRules && last?.virtualServices === snapshot.virtualServices && last.mesh === snapshot.mesh;
    this.relevantLabels =
      sameLabels && previous !== undefined
        ? previous.relevantLabels
        : keepEqual(
            previous?.relevantLabels,
            listRelevantLabels(virtualServices, snapshot.destinationRules, snapshot.mesh),
          );
  }
}

/** `before` where it has the same elements: proxies are told apart by the identity of what they are asked for. */
function keepEqual(before: ReadonlySet<string> | undefined, now: ReadonlySet<string>): ReadonlySet<string> {
  return before?.size === now.size && [...now].every((label) => before.has(label)) ? before : now;
}
