import type { DestinationRule } from '../destination-rule.ts';
import type { Endpoint } from '../endpoint.ts';
import { isWildcard } from '../host.ts';
import { isSelectedBy, keyOf, type Labels, type ObjectKey } from '../object.ts';
import type { Service } from '../service.ts';
import { isVisibleFrom } from '../visibility.ts';
import { type Findings, ignored, NO_FINDINGS, partly, type Surroundings, toText, waiting } from './finding.ts';
import { registryOf } from './host-registry.ts';
import { FindingMemo } from './memo.ts';
import type { WorkloadRegistry } from './workload-registry.ts';

const memo = new FindingMemo<DestinationRule>();

/**
 * The DestinationRules that govern nothing: for hosts that no service has whose clients they reach, for client workloads that do not exist,
 * exported to nobody; and those with subsets that no endpoint belongs to.
 */
export function findIdleDestinationRules(
  { snapshot }: Surroundings,
  workloads: WorkloadRegistry,
): ReadonlyMap<ObjectKey, Findings> {
  const { destinationRules, services, endpoints, mesh } = snapshot;
  const registry = registryOf(services);
  const found = new Map<ObjectKey, Findings>();
  for (const rule of destinationRules) {
    const concerned = registry.find(rule.host).filter((service) => mayGovern(rule, service, mesh.rootNamespace));
    const selected = rule.workloadSelector === undefined || workloads.has(rule.workloadSelector, rule.meta.namespace);
    const lists = rule.subsets.length === 0 ? [] : listEndpoints(rule, concerned, endpoints);
    const findings = memo.of(rule, [registry, mesh.rootNamespace, selected, ...lists], () =>
      findProblems(rule, { concerned, selected, lists }),
    );
    if (findings.length > 0) found.set(keyOf(rule.meta), findings);
  }
  return found;
}

interface Around {
  readonly concerned: readonly Service[];
  /** Whether some workload is a client that the rule is for. */
  readonly selected: boolean;
  readonly lists: readonly (readonly Endpoint[])[];
}

function findProblems(rule: DestinationRule, { concerned, selected, lists }: Around): Findings {
  if (rule.visibility.kind === 'none') return ignored('EXPORTED_NOWHERE', 'its exportTo lets nobody see it');
  if (concerned.length === 0) {
    return ignored('DR_HOST_UNKNOWN', `no service that its clients can see has host "${rule.host}"`);
  }
  if (!selected) return waiting('SELECTOR_WITHOUT_WORKLOAD', `no workload is known with ${selectorOf(rule)}`);
  return findEmptySubsets(rule, lists);
}

function selectorOf({ workloadSelector = {}, meta }: DestinationRule): string {
  return `labels ${toText(workloadSelector)} in namespace "${meta.namespace}"`;
}

/** Clients of a rule are those of its own namespace; of a service's or the root namespace's rules, all that it is exported to. */
function mayGovern({ meta }: DestinationRule, service: Service, rootNamespace: string): boolean {
  if (service.visibility.kind === 'none') return false;
  if (meta.namespace === service.namespace || meta.namespace === rootNamespace) return true;
  return isVisibleFrom(service.visibility, service.namespace, meta.namespace);
}

/** A wildcard's subsets are for whatever services it covers, some of which may lack some. */
function listEndpoints(
  { host }: DestinationRule,
  services: readonly Service[],
  endpoints: Surroundings['snapshot']['endpoints'],
): readonly (readonly Endpoint[])[] {
  if (isWildcard(host)) return [];
  return services.map((service) => endpoints.of(service.hostname, service.namespace));
}

/** A service without any endpoint says nothing of its subsets: it may be scaled down. */
function findEmptySubsets({ subsets, host }: DestinationRule, lists: Around['lists']): Findings {
  if (lists.every((list) => list.length === 0)) return NO_FINDINGS;
  const isEmpty = (labels: Labels) =>
    !lists.some((list) => list.some((endpoint) => isSelectedBy(endpoint.labels, labels)));
  const empty = subsets.filter(({ labels }) => isEmpty(labels));
  if (empty.length === 0) return NO_FINDINGS;
  const names = empty.map(({ name, labels }) => `"${name}" (${toText(labels)})`).join(', ');
  return partly('DR_SUBSET_EMPTY', `no endpoint of "${host}" belongs to subset ${names}`);
}
