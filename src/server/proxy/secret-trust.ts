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

/** Where a sidecar beside us says it comes from with what it passes on from anywhere. */
const PASSED_ON: ReadonlySet<string> = new Set(['127.0.0.6', '::ffff:127.0.0.6']);

/** Whether `address` (`ip:port`, `[ip]:port` or `unix:…`) is of a caller on this machine. */
export function isLoopback(address: string): boolean {
  if (address.startsWith('unix:')) return true;
  const ip = address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const family = isIP(ip);
  if (family === 0 || PASSED_ON.has(ip)) return false;
  return loopback.check(ip, family === 4 ? 'ipv4' : 'ipv6');
}
