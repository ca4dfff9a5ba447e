import type { envoy_config_listener_v3_Listener } from '../../gen/messages.ts';
import { compileProxyProtocol, compileTlsInspector } from '../filter/listener-filters.ts';
import { listenerName } from '../names.ts';
import { toResource } from '../resource.ts';
import { uint32Of } from '../wire.ts';
import { compileListenerAccessLogs } from './access-log.ts';
import type { Chain } from './chain.ts';
import { placeChains, toFilterChain } from './chain-placement.ts';
import { listOrigins } from './origins.ts';
import { type CompiledListener, EXACT_BALANCE, toListenerAddress } from './port-listener.ts';
import { compileAcceptLimit } from './limits.ts';
import type { ListenerSettings } from './settings.ts';

/**
 * Compiles one listener of a gateway from the chains of all servers on its address, in their order.
 *
 * Envoy's limit of 15 s for listener filters stays in force: clients are strangers here, and one that sends no ClientHello must not stay.
 * @see istio pilot/pkg/networking/core/gateway.go `buildGatewayListener`
 */
export function compileGatewayListener(
  settings: ListenerSettings,
  bind: string,
  port: number,
  chains: readonly Chain[],
): CompiledListener {
  const name = listenerName(bind, port);
  const { chains: placed, notes } = placeChains(chains, name);
  const message: envoy_config_listener_v3_Listener = {
    name,
    ...toListenerAddress([bind], port),
    // Also where requests come into the mesh: a gateway is the client of what it leads to.
    traffic_direction: 'OUTBOUND',
    ...compileListenerFilters(settings, placed),
    ...compileAcceptLimit(settings),
    ...(settings.outboundExactBalance && EXACT_BALANCE),
    ...compileBufferLimit(settings),
    access_log: compileListenerAccessLogs(settings.accessLog),
    filter_chains: placed.map(toFilterChain),
  };
  const resource = toResource('envoy.config.listener.v3.Listener', name, message, listOrigins(placed));
  return { resource, notes };
}

function compileListenerFilters({ gatewayTopology }: ListenerSettings, chains: readonly Chain[]) {
  const needsTls = chains.some(
    ({ match, body }) => match.serverNames.length > 0 || body.transport_socket !== undefined,
  );
  const filters = [
    // What stands in front speaks first, before the client's own bytes.
    ...(gatewayTopology.proxyProtocol ? [compileProxyProtocol()] : []),
    ...(needsTls ? [compileTlsInspector()] : []),
  ];
  return filters.length > 0 ? { listener_filters: filters } : {};
}

function compileBufferLimit({ connection }: ListenerSettings) {
  const bytes = connection?.listenerBufferLimitBytes;
  return bytes === undefined ? {} : { per_connection_buffer_limit_bytes: uint32Of(bytes) };
}
