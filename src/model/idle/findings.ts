import type { ObjectKey } from '../object.ts';
import type { WorkloadEntry } from '../workload-entry.ts';
import { findIdleDestinationRules } from './destination-rules.ts';
import type { Finding, Findings, KnownWorkload, Surroundings } from './finding.ts';
import { findIdleSelections } from './selecting-objects.ts';
import { findIdleVirtualServices } from './virtual-services.ts';
import { findIdleEntries } from './workload-entries.ts';
import { workloadsOf } from './workload-registry.ts';

/** What objects are looked at with. */
export interface FindingInput extends Surroundings {
  readonly workloadEntries: readonly WorkloadEntry[];
  /** Workloads that are connected; they are among `workloads` as well. */
  readonly proxies: readonly KnownWorkload[];
}

/**
 * Everything in a mesh that has no effect, or not the one its author may think, for what it refers to or is for is not there. What compiling
 * finds out (conflicts, destinations that lead nowhere, credentials that are missing) comes on top of this.
 *
 * Remembers what does not change: the cost of a call is one look at each object, and one judgement for each that something changed for.
 */
export function listFindings(input: FindingInput): readonly Finding[] {
  const { snapshot } = input;
  const workloads = workloadsOf(input.workloads);
  const selections = findIdleSelections(input, workloads);
  const idle = new Set([...selections.keys()].filter((key) => key.startsWith('Gateway/')));
  return [
    ...toList(findIdleVirtualServices(snapshot, idle)),
    ...toList(findIdleDestinationRules(input, workloads)),
    ...toList(selections),
    ...toList(findIdleEntries(input.workloadEntries, snapshot.services, input.proxies)),
  ];
}

function toList(found: ReadonlyMap<ObjectKey, Findings>): readonly Finding[] {
  return [...found].flatMap(([object, findings]) => findings.map((finding) => ({ object, ...finding })));
}
