import type { envoy_config_core_v3_Address, envoy_config_core_v3_CidrRange } from '../gen/messages.ts';
import { findCidr } from '../model/cidr.ts';
import { uint32Of } from './wire.ts';

/** Begins every address that is a Unix domain socket. */
export const UNIX_SCHEME = 'unix://';

/** Where a listener binds or an endpoint listens: an IP with a port, or `unix://path`, whose port is not looked at. */
export function toAddress(host: string, port: number): envoy_config_core_v3_Address {
  if (host.startsWith(UNIX_SCHEME)) return { pipe: { path: host.slice(UNIX_SCHEME.length) } };
  return { socket_address: { address: host, port_value: port } };
}

/** A range as Envoy writes it, masked; `undefined` for text that is none. */
export function toCidrRange(text: string): envoy_config_core_v3_CidrRange | undefined {
  const cidr = findCidr(text);
  return cidr && { address_prefix: cidr.address, prefix_len: uint32Of(cidr.length) };
}
