import { NO_ENDPOINTS } from '../../model/endpoint.ts';
import type { IpMode } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { AddressViewer } from '../../model/service-address.ts';
import type { OutboundScope } from '../../model/sidecar-scope.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import type { CompileCache } from '../cache.ts';
import { NO_NOTES, type CompileNote } from '../note.ts';
import { type CompiledResource, toResourceFromBytes } from '../resource.ts';
import { compileNameEntries, isHeadless, type NameViewer } from './name-entries.ts';

/** The one table of names, as resources are listed. */
export interface CompiledNameTable {
  readonly resources: readonly [CompiledResource];
  readonly notes: readonly CompileNote[];
}

/**
 * Compiles the names that a proxy's agent answers for: every service in scope with the addresses at which the proxy reaches it. One resource
 * without a name.
 *
 * Rows are encoded service by service, and a table is its rows one after the other, so a change costs one service and a copy.
 * @see istio pilot/pkg/xds/nds.go `NdsGenerator.Generate`
 */
export function compileNameTable(
  scope: OutboundScope,
  proxy: ProxyClass,
  endpoints: EndpointIndex,
  cache: CompileCache,
): CompiledNameTable {
  const { ipMode, settings, network, cluster } = proxy;
  const { dualStack } = scope.mesh.features;
  const asked = cache.call(makeAddressViewer, ipMode, settings.dnsCapture, dualStack);
  const viewer = cache.call(makeViewer, asked, '', '');
  const near = cache.call(makeViewer, asked, network, cluster);
  const rows = scope.services.map((service) =>
    isHeadless(service)
      ? cache.call(compileNameEntries, service, near, endpoints.of(service.hostname, service.namespace))
      : cache.call(compileNameEntries, service, viewer, NO_ENDPOINTS),
  );
  return { resources: [toResourceFromBytes('', Buffer.concat(rows), [])], notes: NO_NOTES };
}

function makeAddressViewer(ipMode: IpMode, dnsCapture: boolean, dualStack: boolean): AddressViewer {
  return { ipMode, dnsCapture, dualStack };
}

function makeViewer(viewer: AddressViewer, network: string, cluster: string): NameViewer {
  return { ...viewer, network, cluster };
}
