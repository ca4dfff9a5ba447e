import type { EffectiveRule } from './effective-rule.ts';
import type { Labels } from './object.ts';
import { NO_PLAINTEXT } from './peer-policy.ts';
import type { RuleClient, RuleIndex } from './rule-index.ts';
import type { ScopeInput } from './scope-input.ts';
import type { Service } from './service.ts';
import type { OutboundScope, RuleFinder } from './sidecar-scope.ts';
import type { HostLookup, VisibleServices } from './visible-services.ts';
import { preferService } from './visible-services.ts';

/** The look-ups that sidecar and router scopes share, over the services that are in scope. */
export function createOutboundLookup(
  input: Omit<ScopeInput, 'virtualServices'>,
  services: readonly Service[],
  visible: VisibleServices,
): OutboundScope {
  const client = { namespace: input.namespace, labels: input.labels };
  const serviceByHost = indexServices(services, visible);
  const find = (hostname: string, serviceNamespace: string) => input.rules.find(hostname, serviceNamespace, client);
  const findByHost = (hostname: string) => {
    const candidates = visible.byHost.get(hostname);
    const service = serviceByHost.get(hostname) ?? (candidates && preferService(candidates, input.namespace));
    return find(hostname, service?.namespace ?? '');
  };
  // Asked for every port of every service and rule, so answers are kept by what identifies the question as it is.
  const byHost = new Map<string, EffectiveRule | undefined>();
  return {
    mesh: input.mesh,
    namespace: input.namespace,
    plaintext: input.plaintext ?? NO_PLAINTEXT,
    services,
    serviceByHost,
    findServiceFor: (hostname, namespace) => {
      const candidates = visible.byHost.get(hostname) ?? [];
      const own = candidates.length > 1 ? candidates.find((service) => service.namespace === namespace) : undefined;
      return own ?? serviceByHost.get(hostname);
    },
    findRule: ruleFinderOf(input),
    findRuleByHost: (hostname) => {
      if (!byHost.has(hostname)) byHost.set(hostname, findByHost(hostname));
      return byHost.get(hostname);
    },
  };
}

function indexServices(services: readonly Service[], visible: VisibleServices): HostLookup<Service> {
  if (services === visible.list && visible.isUnique) return { get: (hostname) => visible.byHost.get(hostname)?.[0] };
  return new Map(services.map((service) => [service.hostname, service]));
}

const finders = new WeakMap<RuleIndex, Map<string, WeakMap<Labels, RuleFinder>>>();

/** The identical function for the identical rules and client: what is derived from it holds as long as these do, whatever services do. */
function ruleFinderOf({ rules, namespace, labels }: Pick<ScopeInput, 'rules' | 'namespace' | 'labels'>): RuleFinder {
  const byNamespace = finders.get(rules) ?? new Map<string, WeakMap<Labels, RuleFinder>>();
  finders.set(rules, byNamespace);
  const byLabels = byNamespace.get(namespace) ?? new WeakMap<Labels, RuleFinder>();
  byNamespace.set(namespace, byLabels);
  const finder = byLabels.get(labels) ?? createRuleFinder(rules, { namespace, labels });
  byLabels.set(labels, finder);
  return finder;
}

interface Found {
  readonly rule: EffectiveRule | undefined;
}

function createRuleFinder(rules: RuleIndex, client: RuleClient): RuleFinder {
  const found = new WeakMap<Service, Found>();
  const finder: RuleFinder = (service) => {
    const known = found.get(service) ?? { rule: rules.find(service.hostname, service.namespace, client) };
    found.set(service, known);
    return known.rule;
  };
  finder.listChangedSince = (before) => {
    const other = origins.get(before);
    const isKin = other?.client.namespace === client.namespace && other.client.labels === client.labels;
    return isKin ? rules.listChangedSince(other.rules) : undefined;
  };
  origins.set(finder, { rules, client });
  return finder;
}

const origins = new WeakMap<RuleFinder, { readonly rules: RuleIndex; readonly client: RuleClient }>();
