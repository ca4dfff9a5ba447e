import type { MergedGateway } from './merged-gateway.ts';
import { createOutboundLookup } from './outbound-lookup.ts';
import type { RouterScope } from './router-scope.ts';
import type { Service } from './service.ts';
import type { ScopeInput } from './scope-input.ts';
import { listVisibleVirtualServices } from './visible-rules.ts';
import { listVisibleServices, preferService } from './visible-services.ts';

/** Computes what the gateway proxies of a namespace see: every visible service, one per hostname. */
export function createRouterScope(input: ScopeInput, gateway: MergedGateway): RouterScope {
  const visible = listVisibleServices(input.services, input.namespace);
  const services: Service[] = [];
  for (const candidates of visible.byHost.values()) services.push(preferService(candidates, input.namespace));
  return {
    kind: 'router',
    ...createOutboundLookup(input, services, visible),
    gateway,
    listVirtualServices: (name) => {
      const [namespace = ''] = name.split('/');
      return listVisibleVirtualServices(input.virtualServices, name, namespace);
    },
  };
}
