import type { MergedGateway } from './merged-gateway.ts';
import type { OutboundScope } from './sidecar-scope.ts';
import type { VirtualService } from './virtual-service.ts';

/** What the gateway proxies of one namespace and label set see: every visible service, and the servers they expose. */
export interface RouterScope extends OutboundScope {
  readonly kind: 'router';
  readonly gateway: MergedGateway;
  /** The scope without what its Gateways and VirtualServices say: identical while services, rules and settings are. */
  readonly outbound: OutboundScope;
  /** VirtualServices bound to Gateway `namespace/name` and visible to it, in the order in which they are tried. */
  listVirtualServices(gateway: string): readonly VirtualService[];
}
