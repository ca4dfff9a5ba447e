import type { envoy_config_listener_v3_FilterChain, envoy_config_listener_v3_Listener } from '../../gen/messages.ts';
import { durationOf, uint32Of } from '../wire.ts';
import type { ListenerSettings } from './settings.ts';

/** How many connections a listener accepts at once, lest a burst starves those that are there. */
export function compileAcceptLimit({
  acceptsPerEvent,
}: ListenerSettings): Pick<envoy_config_listener_v3_Listener, 'max_connections_to_accept_per_socket_event'> {
  return acceptsPerEvent === 0 ? {} : { max_connections_to_accept_per_socket_event: uint32Of(acceptsPerEvent) };
}

/** How long a client may take to set TLS up. */
export function compileConnectTimeout({
  transportConnectTimeoutMs: ms,
}: ListenerSettings): Pick<envoy_config_listener_v3_FilterChain, 'transport_socket_connect_timeout'> {
  return ms === 0 ? {} : { transport_socket_connect_timeout: durationOf(ms) };
}
