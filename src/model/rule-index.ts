import type { DestinationRule } from './destination-rule.ts';
import type { EffectiveRule } from './effective-rule.ts';
import { HostIndex } from './host.ts';
import type { Labels } from './object.ts';
import { isSelectedBy } from './object.ts';
import type { Subset } from './traffic-policy.ts';

/** Who asks for a rule. */
export interface RuleClient {
  readonly namespace: string;
  readonly labels: Labels;
}

/** The rules of one host in one namespace that could not be merged: they differ in whom they are for. */
type Alternatives = readonly [EffectiveRule, ...EffectiveRule[]];

/**
 * Finds the DestinationRule that governs a service for a client.
 *
 * Looked for in the client's namespace, then in the service's, then in the root namespace; in each the most specific host decides, and a
 * namespace that knows the host at all ends the search in the client's own one.
 * @see istio pilot/pkg/model/push_context.go `destinationRule`
 */
export class RuleIndex {
  readonly #rootNamespace: string;
  readonly #own = new Map<string, HostIndex<Alternatives>>();
  readonly #exported = new Map<string, HostIndex<Alternatives>>();
  readonly #rootPrivate: HostIndex<Alternatives>;
  readonly #merged = new Map<string, EffectiveRule>();

  /** `previous` lends its merged rules, so that a rule whose sources did not change keeps its identity. */
  constructor(rules: readonly DestinationRule[], rootNamespace: string, previous?: RuleIndex) {
    this.#rootNamespace = rootNamespace;
    const byNamespace = Map.groupBy(rules, (rule) => rule.meta.namespace);
    for (const [namespace, list] of byNamespace) {
      this.#own.set(
        namespace,
        this.#index(
          list.filter((r) => isForOwnNamespace(r)),
          previous,
        ),
      );
      this.#exported.set(
        namespace,
        this.#index(
          list.filter((r) => r.visibility.kind !== 'private'),
          previous,
        ),
      );
    }
    const rootRules = byNamespace.get(rootNamespace) ?? [];
    this.#rootPrivate = this.#index(
      rootRules.filter((r) => r.visibility.kind === 'private'),
      previous,
    );
  }

  /** `serviceNamespace` is empty for hosts that no service has. */
  find(hostname: string, serviceNamespace: string, client: RuleClient): EffectiveRule | undefined {
    const own = client.namespace === this.#rootNamespace ? this.#rootPrivate : this.#own.get(client.namespace);
    const local = own?.find(hostname);
    if (local !== undefined) return pick(local, client);
    return (
      this.#findExported(serviceNamespace, hostname, client) ??
      this.#findExported(this.#rootNamespace, hostname, client)
    );
  }

  /** The merged rule of these sources, if this index had one. */
  findMerged(id: string): EffectiveRule | undefined {
    return this.#merged.get(id);
  }

  #findExported(namespace: string, hostname: string, client: RuleClient): EffectiveRule | undefined {
    const found = this.#exported.get(namespace)?.find(hostname);
    const visible = found?.filter((rule) => isExportedTo(rule.sources[0], client.namespace)) ?? [];
    const [first, ...rest] = visible;
    return first === undefined ? undefined : pick([first, ...rest], client);
  }

  #index(rules: readonly DestinationRule[], previous: RuleIndex | undefined): HostIndex<Alternatives> {
    // Rules for chosen workloads come first, so that they are merged among themselves before the general ones.
    const ordered = [...rules.filter((r) => r.workloadSelector), ...rules.filter((r) => !r.workloadSelector)];
    const byHost = new Map<string, [DestinationRule, ...DestinationRule[]][]>();
    for (const rule of ordered) addToGroups(byHost, rule);
    const entries = [...byHost].map(([host, groups]) => [host, groups.map((g) => this.#merge(g, previous))] as const);
    return new HostIndex(
      entries.flatMap(([host, [first, ...rest]]) => (first ? [[host, [first, ...rest]] as const] : [])),
    );
  }

  #merge(sources: readonly [DestinationRule, ...DestinationRule[]], previous: RuleIndex | undefined): EffectiveRule {
    const id = sources.map((s) => `${s.meta.namespace}/${s.meta.name}`).join(',');
    const known = this.#merged.get(id) ?? previous?.findMerged(id);
    const rule = known !== undefined && isSameList(known.sources, sources) ? known : mergeRules(sources);
    this.#merged.set(id, rule);
    return rule;
  }
}

function addToGroups(byHost: Map<string, [DestinationRule, ...DestinationRule[]][]>, rule: DestinationRule): void {
  const groups = byHost.get(rule.host) ?? [];
  const group = groups.find(([first]) => isMergeable(first, rule));
  if (group) group.push(rule);
  else byHost.set(rule.host, [...groups, [rule]]);
}

/** Istio merges a rule into an older one of the same host when it is for the same workloads and exported at least as far. */
function isMergeable(older: DestinationRule, newer: DestinationRule): boolean {
  if (!isSameSelector(older.workloadSelector, newer.workloadSelector)) return false;
  if ((older.exportTo.length === 0) !== (newer.exportTo.length === 0)) return false;
  return older.exportTo.every((entry) => newer.exportTo.includes(entry));
}

/** Subsets of all (the first of a name counts), the first traffic policy that is there. */
function mergeRules(sources: readonly [DestinationRule, ...DestinationRule[]]): EffectiveRule {
  const subsets = new Map<string, Subset>();
  for (const subset of sources.flatMap((s) => s.subsets))
    if (!subsets.has(subset.name)) subsets.set(subset.name, subset);
  const trafficPolicy = sources.find((s) => s.trafficPolicy)?.trafficPolicy;
  return { sources, host: sources[0].host, subsets: [...subsets.values()], ...(trafficPolicy && { trafficPolicy }) };
}

/** The first rule for chosen workloads that chooses the client, else the last of the general ones. */
function pick(rules: Alternatives, client: RuleClient): EffectiveRule | undefined {
  const chosen = rules.find(({ sources: [rule] }) => {
    const selector = rule.workloadSelector;
    return selector !== undefined && rule.meta.namespace === client.namespace && isSelectedBy(client.labels, selector);
  });
  return chosen ?? rules.findLast(({ sources: [rule] }) => rule.workloadSelector === undefined);
}

function isForOwnNamespace(rule: DestinationRule): boolean {
  const { visibility, meta } = rule;
  if (visibility.kind === 'namespaces') return visibility.namespaces.has(meta.namespace);
  return visibility.kind !== 'none';
}

function isExportedTo(rule: DestinationRule, namespace: string): boolean {
  const { visibility } = rule;
  return visibility.kind === 'public' || (visibility.kind === 'namespaces' && visibility.namespaces.has(namespace));
}

function isSameSelector(a: Labels | undefined, b: Labels | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return isSelectedBy(a, b) && isSelectedBy(b, a);
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
