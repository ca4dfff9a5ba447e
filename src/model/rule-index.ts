import { findListChange } from '../kit/list-change.ts';
import { createListFollower } from '../kit/list-follower.ts';
import type { DestinationRule } from './destination-rule.ts';
import type { EffectiveRule } from './effective-rule.ts';
import { HostIndex, isWildcard } from './host.ts';
import type { Labels } from './object.ts';
import { isSelectedBy } from './object.ts';
import { createPieceReader } from './pieces.ts';
import type { Subset } from './traffic-policy.ts';

/** Who asks for a rule. */
export interface RuleClient {
  readonly namespace: string;
  readonly labels: Labels;
}

/** The same, or somebody whom no rule for chosen workloads is for. */
type Seeker = Pick<RuleClient, 'namespace'> & Partial<RuleClient>;

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
  readonly #own: ReadonlyMap<string, HostIndex<Alternatives>>;
  readonly #exported: ReadonlyMap<string, HostIndex<Alternatives>>;
  readonly #rootPrivate: HostIndex<Alternatives>;

  readonly #rules: readonly DestinationRule[];
  readonly #changes = new WeakMap<RuleIndex, { readonly hosts: readonly string[] | undefined }>();

  constructor(rules: readonly DestinationRule[], rootNamespace: string) {
    this.#rootNamespace = rootNamespace;
    this.#rules = rules;
    const pieces = readNamespaces(rules);
    const listOf = (namespace: string, audience: keyof ByAudience) =>
      pieces.flatMap((piece) => piece.get(namespace)?.[audience] ?? []);
    const namespaces = [...new Set(pieces.flatMap((piece) => [...piece.keys()]))];
    this.#own = new Map(namespaces.map((namespace) => [namespace, indexOwn(listOf(namespace, 'own'))]));
    this.#exported = new Map(namespaces.map((namespace) => [namespace, indexExported(listOf(namespace, 'exported'))]));
    this.#rootPrivate = indexPrivate(listOf(rootNamespace, 'private'));
  }

  /** `serviceNamespace` is empty for hosts that no service has. */
  find(hostname: string, serviceNamespace: string, client: RuleClient): EffectiveRule | undefined {
    return this.#find(hostname, serviceNamespace, client);
  }

  #find(hostname: string, serviceNamespace: string, client: Seeker): EffectiveRule | undefined {
    const own = client.namespace === this.#rootNamespace ? this.#rootPrivate : this.#own.get(client.namespace);
    const local = own?.find(hostname);
    if (local !== undefined) return pick(local, client);
    return (
      this.#findExported(serviceNamespace, hostname, client) ??
      this.#findExported(this.#rootNamespace, hostname, client)
    );
  }

  /**
   * The rule that a workload heeds for a service of its own, whose connections it takes: never one for chosen workloads, which chooses among
   * clients.
   * @see istio pilot/pkg/model/sidecar.go `SidecarScope.DestinationRule`
   */
  findInbound(hostname: string, serviceNamespace: string, namespace: string): EffectiveRule | undefined {
    return this.#find(hostname, serviceNamespace, { namespace });
  }

  /** Hosts for which other rules may be found than in `before`; `undefined` when these are many, or not to be told. */
  listChangedSince(before: RuleIndex): readonly string[] | undefined {
    const known = this.#changes.get(before) ?? { hosts: this.#listChanged(before) };
    this.#changes.set(before, known);
    return known.hosts;
  }

  #listChanged(before: RuleIndex): readonly string[] | undefined {
    const { gone, come, isReordered } = findListChange(before.#rules, this.#rules);
    if (isReordered || before.#rootNamespace !== this.#rootNamespace) return undefined;
    const hosts = new Set([...gone, ...come].map(({ host }) => host));
    return hosts.size > FEW || [...hosts].some(isWildcard) ? undefined : [...hosts];
  }

  #findExported(namespace: string, hostname: string, client: Seeker): EffectiveRule | undefined {
    const found = this.#exported.get(namespace)?.find(hostname);
    const visible = found?.filter((rule) => isExportedTo(rule.sources[0], client.namespace)) ?? [];
    const [first, ...rest] = visible;
    return first === undefined ? undefined : pick([first, ...rest], client);
  }
}

/** The rules of one namespace, by who may look for them there. */
interface ByAudience {
  readonly own: DestinationRule[];
  readonly exported: DestinationRule[];
  readonly private: DestinationRule[];
}

const readNamespaces = createPieceReader((piece: readonly DestinationRule[]): ReadonlyMap<string, ByAudience> => {
  const byNamespace = new Map<string, ByAudience>();
  for (const rule of piece) {
    const lists = byNamespace.get(rule.meta.namespace) ?? { own: [], exported: [], private: [] };
    byNamespace.set(rule.meta.namespace, lists);
    if (isForOwnNamespace(rule)) lists.own.push(rule);
    if (rule.visibility.kind === 'private') lists.private.push(rule);
    else lists.exported.push(rule);
  }
  return byNamespace;
});

// One for each audience: a follower compares a list with the last one that began alike.
const [indexOwn, indexExported, indexPrivate] = [createIndexer(), createIndexer(), createIndexer()];

/** With how many changed hosts it is worth to look for each one's rules. */
const FEW = 16;

function createIndexer(): (rules: readonly DestinationRule[]) => HostIndex<Alternatives> {
  return createListFollower<DestinationRule, HostIndex<Alternatives>>({
    make(rules) {
      const byHost = Map.groupBy(rules, ({ host }) => host);
      return HostIndex.of([...byHost].flatMap(([host, own]) => toEntry(host, own) ?? []));
    },
    follow(before, { gone, come }, rules) {
      const hosts = new Set([...gone, ...come].map(({ host }) => host));
      if (hosts.size > FEW) return undefined;
      const touched = [...hosts].map(
        (host) => [host, toAlternatives(rules.filter((rule) => rule.host === host))] as const,
      );
      return before.with(new Map(touched));
    },
  });
}

function toEntry(host: string, rules: readonly DestinationRule[]): readonly (readonly [string, Alternatives])[] {
  const alternatives = toAlternatives(rules);
  return alternatives === undefined ? [] : [[host, alternatives]];
}

/** What the rules of one host, in one namespace, amount to. */
function toAlternatives(rules: readonly DestinationRule[]): Alternatives | undefined {
  // Rules for chosen workloads come first, so that they are merged among themselves before the general ones.
  const ordered = [...rules.filter((r) => r.workloadSelector), ...rules.filter((r) => !r.workloadSelector)];
  let groups: readonly Sources[] = [];
  for (const rule of ordered) groups = addToGroups(groups, rule);
  const [first, ...rest] = groups.map(merge);
  return first === undefined ? undefined : [first, ...rest];
}

type Sources = [DestinationRule, ...DestinationRule[]];

/** By the first of their sources. */
const merged = new WeakMap<DestinationRule, readonly EffectiveRule[]>();

/** The identical rule for the identical sources. */
function merge(sources: Sources): EffectiveRule {
  const [first] = sources;
  const known = merged.get(first) ?? [];
  const same = known.find((rule) => isSameList(rule.sources, sources));
  if (same !== undefined) return same;
  const rule = mergeRules(sources);
  merged.set(first, [rule, ...known].slice(0, MAX_MERGED));
  return rule;
}

/** Of one rule: what it is alone, and with others in turn. */
const MAX_MERGED = 4;

/** Puts a rule where it counts: into groups of older ones that it is merged with, into one of its own, or both. */
function addToGroups(groups: readonly Sources[], rule: DestinationRule): readonly Sources[] {
  let isApart = true;
  for (const group of groups) {
    const merge = findMerge(group[0], rule);
    if (merge !== 'none') group.push(rule);
    isApart = merge !== 'whole';
  }
  return isApart ? [...groups, [rule]] : groups;
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
function pick(rules: Alternatives, { namespace, labels }: Seeker): EffectiveRule | undefined {
  const chosen = rules.find(({ sources: [rule] }) => {
    const selector = rule.workloadSelector;
    if (selector === undefined || labels === undefined) return false;
    return rule.meta.namespace === namespace && isSelectedBy(labels, selector);
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
