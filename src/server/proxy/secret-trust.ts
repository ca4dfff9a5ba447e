import { BlockList, isIP } from 'node:net';
import type { ConnectionRequest } from '../../xds/view-source.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');
loopback.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

/**
 * Whether private keys may travel over a connection: over TLS to a peer that proved an identity, or on the same machine, where whoever could listen
 * could read the control plane's files as well.
 */
export function mayHoldSecrets({
  transport,
  identities = [],
  peerAddress,
}: Pick<ConnectionRequest, 'transport' | 'identities' | 'peerAddress'>): boolean {
  return (transport === 'tls' && identities.length > 0) || isLoopback(peerAddress);
}

/** Whether `address` (`ip:port`, `[ip]:port` or `unix:…`) is of this machine. */
export function isLoopback(address: string): boolean {
  if (address.startsWith('unix:')) return true;
  const ip = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const family = isIP(ip);
  return family !== 0 && loopback.check(ip, family === 4 ? 'ipv4' : 'ipv6');
}
