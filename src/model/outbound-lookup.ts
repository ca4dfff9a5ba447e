import type { EffectiveRule } from './effective-rule.ts';
import type { ScopeInput } from './sidecar-scoping.ts';
import type { Service } from './service.ts';
import type { OutboundScope } from './sidecar-scope.ts';
import type { VisibleServices } from './visible-services.ts';
import { preferService } from './visible-services.ts';

/** The look-ups that sidecar and router scopes share, over the services that are in scope. */
export function createOutboundLookup(
  input: ScopeInput,
  services: readonly Service[],
  visible: VisibleServices,
): OutboundScope {
  const client = { namespace: input.namespace, labels: input.labels };
  const serviceByHost = new Map(services.map((service) => [service.hostname, service]));
  const rules = new Map<string, EffectiveRule | undefined>();
  const find = (hostname: string, serviceNamespace: string) => {
    const question = `${serviceNamespace} ${hostname}`;
    if (!rules.has(question)) rules.set(question, input.rules.find(hostname, serviceNamespace, client));
    return rules.get(question);
  };
  return {
    mesh: input.mesh,
    namespace: input.namespace,
    services,
    serviceByHost,
    findRule: (service) => find(service.hostname, service.namespace),
    findRuleByHost: (hostname) => {
      const candidates = visible.byHost.get(hostname);
      const service = serviceByHost.get(hostname) ?? (candidates && preferService(candidates, input.namespace));
      return find(hostname, service?.namespace ?? '');
    },
  };
}
