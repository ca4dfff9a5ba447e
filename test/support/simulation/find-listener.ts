import type {
  envoy_config_core_v3_Address as Address,
  envoy_config_listener_v3_Listener as Listener,
} from '../../../src/gen/messages.ts';
import type { Connection } from './connection.ts';
import type { HeldConfig } from './held-config.ts';

/**
 * The listener that serves an outbound connection: of the very address, else of the wildcard, else, when traffic is captured, the one
 * that captures it.
 * @see envoy source/common/listener_manager/active_tcp_listener.cc `getBalancedHandlerByAddress`
 */
export function findOutboundListener(held: HeldConfig, to: Pick<Connection, 'address' | 'port'>): Listener | undefined {
  const listeners = [...held.listeners.values()].filter(({ traffic_direction }) => traffic_direction === 'OUTBOUND');
  const wildcard = to.address.includes(':') ? '::' : '0.0.0.0';
  return (
    listeners.find((listener) => isAt(listener, to.address, to.port)) ??
    listeners.find((listener) => isAt(listener, wildcard, to.port)) ??
    held.listeners.get('virtualOutbound')
  );
}

/** The listener that serves a connection from outside: one that is bound to the address, else the one that captures. */
export function findInboundListener(held: HeldConfig, to: Pick<Connection, 'address' | 'port'>): Listener | undefined {
  const listeners = [...held.listeners.values()].filter(({ traffic_direction }) => traffic_direction === 'INBOUND');
  return (
    listeners.find((listener) => isAt(listener, to.address, to.port)) ??
    listeners.find((listener) => isAt(listener, '0.0.0.0', to.port)) ??
    held.listeners.get('virtualInbound')
  );
}

function isAt(listener: Listener, ip: string, port: number): boolean {
  const additional = (listener.additional_addresses ?? []).map(({ address }) => address);
  return [listener.address, ...additional].some((address) => isAddress(address, ip, port));
}

function isAddress(address: Address | undefined, ip: string, port: number): boolean {
  const socket = address?.socket_address;
  return socket?.address === ip && socket.port_value === port;
}
