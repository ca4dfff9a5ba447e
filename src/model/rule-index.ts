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

/** Puts a rule where it counts: into groups of older ones that it is merged with, into one of its own, or both. */
function addToGroups(byHost: Map<string, [DestinationRule, ...DestinationRule[]][]>, rule: DestinationRule): void {
  const groups = byHost.get(rule.host) ?? [];
  let isApart = true;
  for (const group of groups) {
    const merge = findMerge(group[0], rule);
    if (merge !== 'none') group.push(rule);
    isApart = merge !== 'whole';
  }
  byHost.set(rule.host, isApart ? [...groups, [rule]] : groups);
}

/**
 * Whether a rule becomes part of an older one: in `part` it stays a rule of its own as well.
 *
 * Istio's rules, to the letter: a general rule that is exported exactly as far as one for chosen workloads, which is nowhere, is part of that
 * and counts for nobody else; and what the last of several older rules says decides whether it stays.
 * @see istio pilot/pkg/model/destination_rule.go `mergeDestinationRule`
 */
function findMerge(older: DestinationRule, newer: DestinationRule): 'none' | 'part' | 'whole' {
  const [from, to] = [exportsOf(older), exportsOf(newer)];
  const isEqual = from.length === to.length && from.every((entry) => to.includes(entry));
  const isWider = from.length > 0 && from.every((entry) => to.includes(entry));
  if (!isEqual && !isWider) return 'none';
  const [a, b] = [older.workloadSelector, newer.workloadSelector];
  if (a !== undefined && b !== undefined && !isSameSelector(a, b)) return 'none';
  const isOneSelecting = (a === undefined) !== (b === undefined);
  return isOneSelecting && !isEqual ? 'part' : 'whole';
}

/** Whom a rule is exported to as it is written; one for chosen workloads is private. */
function exportsOf({ exportTo, workloadSelector }: DestinationRule): readonly string[] {
  return workloadSelector === undefined ? exportTo : ['.'];
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

function isSameSelector(a: Labels, b: Labels): boolean {
  return isSelectedBy(a, b) && isSelectedBy(b, a);
}

function isSameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
