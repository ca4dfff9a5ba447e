import { exposesHost } from '../../model/gateway-server.ts';
import type { MergedServer } from '../../model/merged-gateway.ts';
import type { L4Match, TcpRoute, TlsMatch, TlsRoute, VirtualService } from '../../model/virtual-service.ts';

/** A block of a VirtualService that a gateway's TCP server follows. */
export interface ServerRoute {
  readonly source: VirtualService;
  readonly destinations: TcpRoute['destinations'];
}

/** A match of a `tls` block: one filter chain of a server that passes TLS through. */
export interface PassthroughRoute extends ServerRoute {
  readonly match: TlsMatch;
}

/**
 * Where a server sends its connections, once it has ended TLS or without any: the first block for TCP that fits, of the first VirtualService
 * that has one. There is nothing in a connection to choose by, so one is all there can be.
 * @param virtualServices bound to the server's Gateway, in their order.
 * @see istio pilot/pkg/networking/core/gateway.go `buildGatewayNetworkFiltersFromTCPRoutes`
 */
export function findServerRoute(
  merged: MergedServer,
  virtualServices: readonly VirtualService[],
): ServerRoute | undefined {
  for (const source of virtualServices) {
    if (!isServed(source, merged)) continue;
    const tcp = source.tcp.find(({ matches }) => matches.length === 0 || matches.some((m) => fits(m, merged)));
    const found = tcp ?? findTerminatedTls(source, merged);
    if (found !== undefined) return { source, destinations: found.destinations };
  }
  return undefined;
}

/** A TLSRoute of the Gateway API says the same for TLS that ends here as for TLS that is passed through. */
function findTerminatedTls(source: VirtualService, merged: MergedServer): TlsRoute | undefined {
  if (source.semantics !== 'gateway') return undefined;
  return source.tls.find(({ matches }) => matches.some((match) => fits(match, merged)));
}

/** Every match by which a server passes TLS through, in order. Source labels and ranges say nothing about clients of a gateway. */
export function listPassthroughRoutes(
  merged: MergedServer,
  virtualServices: readonly VirtualService[],
): readonly PassthroughRoute[] {
  return virtualServices
    .filter((source) => isServed(source, merged))
    .flatMap((source) =>
      source.tls.flatMap(({ matches, destinations }) =>
        matches.filter((match) => fits(match, merged)).map((match) => ({ source, destinations, match })),
      ),
    );
}

/** Whether a server exposes a host of the VirtualService to its namespace. */
function isServed({ hosts, meta }: VirtualService, { server }: MergedServer): boolean {
  return hosts.some((host) => exposesHost(server, host, meta.namespace));
}

function fits({ port, gateways }: L4Match, { server, gatewayName }: MergedServer): boolean {
  const isPort = port === undefined || port === 0 || port === server.port.number;
  return isPort && (gateways.length === 0 || gateways.includes(gatewayName));
}
