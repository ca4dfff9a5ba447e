import type { envoy_config_listener_v3_FilterChain, envoy_config_listener_v3_Listener } from '../../gen/messages.ts';
import type { InboundScope } from '../../model/inbound-scope.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { CompileCache } from '../cache.ts';
import { compileOriginalDst, compileOriginalSrc } from '../filter/listener-filters.ts';
import { internList } from '../list.ts';
import { listenerName, VIRTUAL_INBOUND } from '../names.ts';
import type { CompileNote } from '../note.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { durationOf, TRUE } from '../wire.ts';
import { compileListenerAccessLogs } from './access-log.ts';
import { type Binds, getWildcards } from './addresses.ts';
import { compileInboundChains, compileInboundLoopGuard, compilePassthroughChains } from './inbound-chains.ts';
import { type InboundPort, listInboundPorts } from './inbound-ports.ts';
import { compilePortInspectors } from './inspectors.ts';
import { findInboundMode } from './mtls.ts';
import { listPolicyNotes, listPolicyPorts } from './peer-policies.ts';
import { EXACT_BALANCE, toListenerAddress } from './port-listener.ts';
import { compileAcceptLimit } from './limits.ts';
import { getListenerSettings, type ListenerSettings } from './settings.ts';

type Chains = readonly envoy_config_listener_v3_FilterChain[];

const LISTENER = 'envoy.config.listener.v3.Listener';

/**
 * Compiles the inbound listeners of a workload: the one that captured connections reach, with chains for each of its ports, and one of its own
 * for each port that a Sidecar binds.
 * @see istio pilot/pkg/networking/core/listener_inbound.go `buildInboundListeners`
 */
export function compileSidecarInboundListeners(
  scope: InboundScope,
  proxy: ProxyClass,
  cache: CompileCache,
): { readonly resources: readonly CompiledResource[]; readonly notes: readonly CompileNote[] } {
  const settings = getListenerSettings(scope.mesh, proxy, cache);
  if (settings.outboundPort === 0) return { resources: [], notes: [] };
  const { ports, notes } = listInboundPorts(scope, settings);
  const all = [...notes, ...listPolicyNotes(scope, settings)];
  const listed = ports.map((port) => internPort(port, cache));
  const bound = listed.filter((port) => port.realBind).map((port) => cache.call(compileBoundListener, settings, port));
  if (settings.interception === 'NONE') return { resources: bound, notes: all };
  const captured = listed.filter((port) => !port.realBind);
  const chains = captured.map((port) => cache.call(compileInboundChains, settings, port));
  const passthrough = [0, ...listPolicyPorts(scope, settings)].map((port) =>
    cache.call(compilePassthroughChains, settings, findInboundMode(scope, settings, port), port),
  );
  const origins = [...new Set([...(scope.peers?.origins ?? []), ...captured.map((port) => port.origin)])];
  const virtual = cache.call(
    compileVirtualInbound,
    settings,
    internList(cache, [...passthrough, ...chains]),
    internList(cache, origins),
  );
  return { resources: [virtual, ...bound], notes: all };
}

/** By content: ports are computed anew for each question, and depend on little of the services and Sidecars that they come from. */
function internPort({ sidecar, tls, ...rest }: InboundPort, cache: CompileCache): InboundPort {
  return cache.call(toPort, JSON.stringify(rest), sidecar, tls);
}

function toPort(text: string, sidecar: InboundPort['sidecar'], tls: InboundPort['tls']): InboundPort {
  const rest: Omit<InboundPort, 'sidecar' | 'tls'> = JSON.parse(text);
  return { ...rest, ...(sidecar && { sidecar }), ...(tls && { tls }) };
}

function compileVirtualInbound(
  settings: ListenerSettings,
  lists: readonly Chains[],
  origins: readonly ObjectKey[],
): CompiledResource {
  const chains = [compileInboundLoopGuard(settings), ...lists.flat()];
  const isTransparent = settings.interception === 'TPROXY';
  // Without the dual-stack switch, the capture ports are the first family's only.
  const [bind] = getWildcards(settings.ipMode);
  const message: envoy_config_listener_v3_Listener = {
    ...compileCommon(settings, VIRTUAL_INBOUND, { binds: [bind], port: settings.inboundPort, chains }),
    ...(isTransparent && { transparent: TRUE }),
    listener_filters: [
      compileOriginalDst(),
      ...(isTransparent ? [compileOriginalSrc()] : []),
      ...compilePortInspectors(chains),
    ],
  };
  return toResource(LISTENER, VIRTUAL_INBOUND, message, origins);
}

function compileBoundListener(settings: ListenerSettings, port: InboundPort): CompiledResource {
  const chains = compileInboundChains(settings, port);
  const name = listenerName(port.binds[0], port.targetPort);
  const message: envoy_config_listener_v3_Listener = {
    ...compileCommon(settings, name, { binds: [port.binds[0]], port: port.targetPort, chains }),
    listener_filters: compilePortInspectors(chains),
  };
  return toResource(LISTENER, name, message, [port.origin]);
}

function compileCommon(
  settings: ListenerSettings,
  name: string,
  { binds, port, chains }: { readonly binds: Binds; readonly port: number; readonly chains: Chains },
): envoy_config_listener_v3_Listener {
  return {
    name,
    ...toListenerAddress(binds, port),
    traffic_direction: 'INBOUND',
    continue_on_listener_filters_timeout: true,
    listener_filters_timeout: durationOf(settings.detectionTimeoutMs),
    ...compileAcceptLimit(settings),
    ...(settings.inboundExactBalance && EXACT_BALANCE),
    access_log: compileListenerAccessLogs(settings.accessLog),
    filter_chains: chains,
  };
}
