import type { MergedGateway } from './merged-gateway.ts';
import { createOutboundLookup } from './outbound-lookup.ts';
import type { RouterScope } from './router-scope.ts';
import type { ScopeInput } from './scope-input.ts';
import type { Service } from './service.ts';
import type { OutboundScope } from './sidecar-scope.ts';
import type { VirtualService } from './virtual-service.ts';
import { listVisibleVirtualServices } from './visible-rules.ts';
import type { VisibleServices } from './visible-services.ts';
import { listVisibleServices, preferService } from './visible-services.ts';

/** Computes what the gateway proxies of a namespace see: every visible service, one per hostname. */
export function createRouterScope(input: ScopeInput, gateway: MergedGateway): RouterScope {
  return toRouterScope(createRouterOutbound(input), gateway, input.virtualServices);
}

/** The same, where the part that does not depend on Gateways and VirtualServices is there already. */
export function toRouterScope(
  outbound: OutboundScope,
  gateway: MergedGateway,
  virtualServices: readonly VirtualService[],
): RouterScope {
  return {
    kind: 'router',
    ...outbound,
    outbound,
    gateway,
    // What a workload may see is up to its own namespace, not to that of the Gateway which selects it.
    listVirtualServices: (name) => listVisibleVirtualServices(virtualServices, name, outbound.namespace),
  };
}

/** The part of a gateway's scope that its Gateways and VirtualServices have no say in. */
export function createRouterOutbound(input: Omit<ScopeInput, 'virtualServices'>): OutboundScope {
  const visible = listVisibleServices(input.services, input.namespace);
  return createOutboundLookup(
    input,
    visible.isUnique ? visible.list : listPreferred(visible, input.namespace),
    visible,
  );
}

function listPreferred({ list, byHost }: VisibleServices, namespace: string): readonly Service[] {
  const hostnames = new Set(list.map(({ hostname }) => hostname));
  return [...hostnames].flatMap((hostname) => {
    const candidates = byHost.get(hostname);
    return candidates === undefined ? [] : [preferService(candidates, namespace)];
  });
}
