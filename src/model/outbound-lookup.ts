import type { EffectiveRule } from './effective-rule.ts';
import type { ScopeInput } from './scope-input.ts';
import type { Service } from './service.ts';
import type { OutboundScope } from './sidecar-scope.ts';
import type { VisibleServices } from './visible-services.ts';
import { preferService } from './visible-services.ts';

/** The look-ups that sidecar and router scopes share, over the services that are in scope. */
export function createOutboundLookup(
  input: Omit<ScopeInput, 'virtualServices'>,
  services: readonly Service[],
  visible: VisibleServices,
): OutboundScope {
  const client = { namespace: input.namespace, labels: input.labels };
  const serviceByHost = new Map(services.map((service) => [service.hostname, service]));
  const find = (hostname: string, serviceNamespace: string) => input.rules.find(hostname, serviceNamespace, client);
  const findByHost = (hostname: string) => {
    const candidates = visible.byHost.get(hostname);
    const service = serviceByHost.get(hostname) ?? (candidates && preferService(candidates, input.namespace));
    return find(hostname, service?.namespace ?? '');
  };
  // Asked for every port of every service and rule, so answers are kept by what identifies the question as it is.
  const byService = new Map<Service, EffectiveRule | undefined>();
  const byHost = new Map<string, EffectiveRule | undefined>();
  return {
    mesh: input.mesh,
    namespace: input.namespace,
    services,
    serviceByHost,
    findRule: (service) => {
      if (!byService.has(service)) byService.set(service, find(service.hostname, service.namespace));
      return byService.get(service);
    },
    findRuleByHost: (hostname) => {
      if (!byHost.has(hostname)) byHost.set(hostname, findByHost(hostname));
      return byHost.get(hostname);
    },
  };
}
