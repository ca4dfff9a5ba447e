import type { ProxyClass } from '../../model/proxy-class.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { EndpointIndex } from '../../model/snapshot.ts';
import type { CompileCache } from '../cache.ts';
import { type CompileNote, listDistinctNotes } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { compileHttpProxyListener } from './http-proxy.ts';
import { OutboundGather } from './outbound-gather.ts';
import { OutboundListeners } from './outbound-listeners.ts';
import { getListenerSettings } from './settings.ts';
import { compileVirtualOutbound } from './virtual-outbound.ts';

/**
 * Compiles the outbound listeners of the sidecars that share a scope: one for each port that something is served on, one that serves as HTTP
 * proxy where the mesh asks for it, and the one that captured connections reach.
 *
 * @param ownAddress the proxy's first address. Only listeners of single endpoints look at it, so where a scope has no headless service any
 *   value gives the same result.
 */
export function compileSidecarOutboundListeners(
  scope: SidecarScope,
  proxy: ProxyClass,
  endpoints: EndpointIndex,
  ownAddress: string,
  cache: CompileCache,
): { readonly resources: readonly CompiledResource[]; readonly notes: readonly CompileNote[] } {
  const settings = getListenerSettings(scope.mesh, proxy, cache);
  if (settings.outboundPort === 0) return { resources: [], notes: [] };
  const gather = new OutboundGather({ settings, endpoints, ownAddress, cache });
  gather.walk(scope);
  const listeners = new OutboundListeners(scope, proxy, settings, cache);
  const compiled = gather.entries.list().map((entry) => listeners.compile(entry));
  const resources = compiled.map(({ resource }) => resource);
  if (settings.httpProxyPort > 0) resources.push(cache.call(compileHttpProxyListener, settings));
  if (settings.interception !== 'NONE') {
    resources.push(cache.call(compileVirtualOutbound, settings, listeners.fallthrough));
  }
  const notes = [...gather.notes, ...listeners.notes, ...compiled.flatMap((listener) => listener.notes)];
  return { resources: distinctNames(resources), notes: listDistinctNotes(notes) };
}

/** A user may declare the very address of the HTTP proxy: Envoy knows a listener by its name and takes one of each. */
function distinctNames(resources: readonly CompiledResource[]): readonly CompiledResource[] {
  const names = new Set<string>();
  return resources.filter(({ name }) => !names.has(name) && names.add(name));
}
