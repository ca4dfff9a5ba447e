import type { ProxyClass } from '../../model/proxy-class.ts';
import type { OutboundScope } from '../../model/sidecar-scope.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import { WITHOUT_ENDPOINTS } from './mesh-parts.ts';

const needs = new WeakMap<OutboundScope, boolean>();

/**
 * The endpoints that clusters and listeners of `scope` are compiled with: none at all unless some service inlines them (DNS) or has a listener
 * for each (headless), so that in the usual mesh an endpoint change touches EDS alone.
 */
export function endpointsFor(scope: OutboundScope, endpoints: EndpointIndex): EndpointIndex {
  const needed =
    needs.get(scope) ??
    scope.services.some((service) => service.resolution !== 'eds' && service.resolution !== 'alias');
  needs.set(scope, needed);
  return needed ? endpoints : WITHOUT_ENDPOINTS;
}

/** The same for clusters, which also name the identities of their endpoints where mutual TLS is possible. */
export function clusterEndpointsFor(scope: OutboundScope, proxy: ProxyClass, endpoints: EndpointIndex): EndpointIndex {
  const checksIdentities = proxy.capabilities.identity === 'agent' || proxy.settings.clientCertificate !== undefined;
  return checksIdentities ? endpoints : endpointsFor(scope, endpoints);
}
