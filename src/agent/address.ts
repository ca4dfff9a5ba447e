import { isIP } from 'node:net';

/** A TCP address. `host` is an IP literal without brackets, or a DNS name. */
export interface TcpAddress {
  readonly kind: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** A Unix domain socket. */
export interface PipeAddress {
  readonly kind: 'pipe';
  readonly path: string;
}

export type Address = TcpAddress | PipeAddress;

/** A TCP address to write down in code. */
export function tcpAddress(host: string, port: number): TcpAddress {
  return { kind: 'tcp', host, port };
}

/**
 * Reads `host:port`, `[v6]:port` or `unix:///path`, the forms that people and environment variables use.
 *
 * A port alone (`15010` or `:15010`) takes `defaultHost` when one is given. Anything else is `undefined`.
 */
export function parseAddress(text: string, defaultHost?: string): Address | undefined {
  if (text.startsWith('unix://')) return parsePipe(text);
  const match = /^(?:(?<host>\[[^\]]+\]|[^:[\]]+)?:)?(?<port>\d{1,5})$/.exec(text);
  const host = match?.groups?.host ?? defaultHost;
  const port = Number(match?.groups?.port);
  if (host === undefined || !(port >= 1 && port <= 65_535)) return undefined;
  return toTcpAddress(host, port);
}

function parsePipe(text: string): PipeAddress | undefined {
  const path = text.slice('unix://'.length);
  return path === '' ? undefined : { kind: 'pipe', path };
}

function toTcpAddress(host: string, port: number): TcpAddress | undefined {
  if (!host.startsWith('[')) return tcpAddress(host, port);
  const inner = host.slice(1, -1);
  return isIP(inner) === 6 ? tcpAddress(inner, port) : undefined;
}

/** `envoy.config.core.v3.Address` in its JSON form. */
export function toAddressJson(address: Address): object {
  if (address.kind === 'pipe') return { pipe: { path: address.path } };
  return { socket_address: { address: address.host, port_value: address.port } };
}

/** The address as people write it: IPv6 in brackets. */
export function formatAddress(address: Address): string {
  if (address.kind === 'pipe') return `unix://${address.path}`;
  return isIP(address.host) === 6 ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
