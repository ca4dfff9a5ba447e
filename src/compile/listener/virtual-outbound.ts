import { decodeMessage } from '../../gen/codec.ts';
import type { envoy_config_listener_v3_FilterChain, envoy_config_listener_v3_Listener } from '../../gen/messages.ts';
import { compileHttpInspector } from '../filter/listener-filters.ts';
import { compileBlackHole, compileTcpProxy } from '../filter/tcp-proxy.ts';
import {
  ALLOW_ANY_DYNAMIC_DNS,
  BLACK_HOLE_OUTBOUND_CHAIN,
  CATCH_ALL_OUTBOUND_CHAIN,
  CATCH_ALL_OUTBOUND_HTTP_CHAIN,
  VIRTUAL_OUTBOUND,
} from '../names.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { compileCatchAll } from '../route/catch-all.ts';
import { compileRouteConfiguration } from '../route/route-configuration.ts';
import { TRUE, uint32Of } from '../wire.ts';
import { compileListenerAccessLogs } from './access-log.ts';
import { getWildcards } from './addresses.ts';
import { getPlaintextHttp } from './chain.ts';
import { compileHttpConnectionManager } from './http-connection-manager.ts';
import type { Fallthrough } from './outbound-policy.ts';
import { toListenerAddress } from './port-listener.ts';
import { compileAcceptLimit } from './limits.ts';
import type { ListenerSettings } from './settings.ts';

type FilterChain = envoy_config_listener_v3_FilterChain;

/**
 * Compiles the listener that all captured outbound connections reach. It hands each to the listener of the address it was meant for, if there is
 * one, and keeps what nobody declared.
 *
 * `use_original_dst` makes Envoy both restore that address and hand the connection over; the listener filter of that name would only do the
 * first. It needs no runtime switch in Envoy 1.40.
 * @see istio pilot/pkg/networking/core/listener_builder.go `buildVirtualOutboundListener`
 */
export function compileVirtualOutbound(settings: ListenerSettings, fallthrough: Fallthrough): CompiledResource {
  // Without the dual-stack switch, the capture ports are the first family's only.
  const [bind] = getWildcards(settings.ipMode);
  const message: envoy_config_listener_v3_Listener = {
    name: VIRTUAL_OUTBOUND,
    ...toListenerAddress([bind], settings.outboundPort),
    use_original_dst: TRUE,
    ...(settings.interception === 'TPROXY' && { transparent: TRUE }),
    traffic_direction: 'OUTBOUND',
    ...compileAcceptLimit(settings),
    access_log: compileListenerAccessLogs(settings.accessLog),
    ...(fallthrough.dynamicDns && { listener_filters: [compileHttpInspector()] }),
    filter_chains: [
      compileLoopGuard(settings),
      ...(fallthrough.dynamicDns ? [compileNamedHosts(settings, fallthrough)] : []),
      compileCatchAllChain(settings, fallthrough),
    ],
  };
  return toResource('envoy.config.listener.v3.Listener', VIRTUAL_OUTBOUND, message, []);
}

/** A connection to the capture port itself would be passed on to where it came to. */
function compileLoopGuard({ outboundPort }: ListenerSettings): FilterChain {
  return {
    name: BLACK_HOLE_OUTBOUND_CHAIN,
    filter_chain_match: { destination_port: uint32Of(outboundPort) },
    filters: [compileBlackHole()],
  };
}

function compileCatchAllChain(settings: ListenerSettings, { cluster }: Fallthrough): FilterChain {
  return {
    name: CATCH_ALL_OUTBOUND_CHAIN,
    filters: [compileTcpProxy(settings, { statPrefix: cluster, target: cluster })],
  };
}

/** Requests to hosts that nobody declared, on ports that nobody declared. */
function compileNamedHosts(settings: ListenerSettings, { cluster }: Fallthrough): FilterChain {
  const { attemptCountDisabled, xForwardedHost } = settings.proxyHeaders;
  const host = compileCatchAll('allow-any-dynamic-dns', cluster, !attemptCountDisabled, xForwardedHost, undefined);
  const { bytes } = compileRouteConfiguration(ALLOW_ANY_DYNAMIC_DNS, [host]);
  const manager = compileHttpConnectionManager(settings, {
    side: 'outbound',
    statPrefix: `outbound_${VIRTUAL_OUTBOUND}_allow_any_dynamic_dns;`,
    route: { inline: decodeMessage('envoy.config.route.v3.RouteConfiguration', bytes) },
    protocols: ['http'],
    allowAnyDynamicDns: true,
  });
  return {
    name: CATCH_ALL_OUTBOUND_HTTP_CHAIN,
    filter_chain_match: { application_protocols: getPlaintextHttp(settings) },
    filters: [manager],
  };
}
