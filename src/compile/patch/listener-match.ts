import type {
  envoy_config_listener_v3_FilterChain as FilterChain,
  envoy_config_listener_v3_Listener as Listener,
} from '../../gen/messages.ts';
import type { EnvoyPatch, FilterChainMatch } from '../../model/envoy-filter.ts';
import { VIRTUAL_INBOUND, VIRTUAL_OUTBOUND } from '../names.ts';

/** Whether a patch could be for the listener of that name: what can be told without looking inside. */
export function mayMatchListener({ listener }: EnvoyPatch, name: string): boolean {
  return listener?.name === undefined || listener.name === name;
}

/**
 * Whether a patch is for a listener, or for something in it. A listener that takes captured connections stands for many ports, so there a port
 * is that of a filter chain.
 * @see istio pilot/pkg/networking/core/envoyfilter/listener_patch.go `listenerMatch`
 */
export function matchesListener(patch: EnvoyPatch, listener: Listener): boolean {
  const { listener: match, target } = patch;
  if (match === undefined) return true;
  if (match.name !== undefined && match.name !== listener.name) return false;
  if (match.port === undefined || (target !== 'LISTENER' && isCapturing(listener))) return true;
  return listener.address?.socket_address?.port_value === match.port;
}

/** Whether a patch whose listener matches is for this chain, or for something in it. */
export function matchesChain({ listener: match }: EnvoyPatch, listener: Listener, chain: FilterChain): boolean {
  if (match === undefined) return true;
  const port = chain.filter_chain_match?.destination_port?.value;
  if (isCapturing(listener) && match.port !== undefined && match.port !== port) return false;
  return match.chain === undefined || isChain(match.chain, chain);
}

function isChain(match: FilterChainMatch, { name, filter_chain_match: own }: FilterChain): boolean {
  const isEqual = <T>(asked: T | undefined, value: T | undefined) => asked === undefined || asked === value;
  return (
    isEqual(match.name, name) &&
    isEqual(match.transportProtocol, own?.transport_protocol) &&
    isEqual(match.destinationPort, own?.destination_port?.value) &&
    (match.sni === undefined || own?.server_names?.includes(match.sni) === true) &&
    match.applicationProtocols.every((protocol) => own?.application_protocols?.includes(protocol))
  );
}

function isCapturing({ name }: Listener): boolean {
  return name === VIRTUAL_INBOUND || name === VIRTUAL_OUTBOUND;
}
