import type { GatewayServer } from './gateway.ts';
import { hostsOverlap } from './host.ts';
import { isHttp } from './protocol.ts';

/*
 * What kind of server a Gateway declares: what it speaks decides who may share its port.
 * See istio pkg/config/gateway/gateway.go.
 */

/** TLS that is not ended here, but led on by the name that clients ask for. */
export function isPassthroughServer({ tls }: GatewayServer): boolean {
  return tls?.mode === 'passthrough' || tls?.mode === 'auto-passthrough';
}

/** HTTP, or HTTPS that ends here. */
export function isHttpServer(server: GatewayServer): boolean {
  const { protocol } = server.port;
  return isHttp(protocol) || (protocol === 'https' && !isPassthroughServer(server));
}

/** Told apart from others on its port by the server name of TLS. A plain HTTP server that redirects to HTTPS is none. */
export function isTlsServer({ port, tls }: GatewayServer): boolean {
  return tls !== undefined && !isHttp(port.protocol);
}

/** HTTPS that ends here, and has routes of its own. */
export function isHttpsTerminatingServer(server: GatewayServer): boolean {
  return server.tls !== undefined && server.port.protocol === 'https' && !isPassthroughServer(server);
}

/** The hosts of a server without the namespaces that may bind to them, sorted: what TLS clients ask for. */
export function listServerNames({ hosts }: GatewayServer): readonly string[] {
  return [...new Set(hosts.map((host) => host.slice(host.indexOf('/') + 1)))].sort();
}

/** Whether a server is there for `host`, or for a part of what it matches, when a VirtualService of `namespace` has it. */
export function exposesHost({ hosts }: GatewayServer, host: string, namespace: string): boolean {
  return hosts.some((exposed) => {
    const slash = exposed.indexOf('/');
    if (slash >= 0 && exposed.slice(0, slash) !== namespace) return false;
    return hostsOverlap(exposed.slice(slash + 1), host);
  });
}
