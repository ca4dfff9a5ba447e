import type { MergedGateway, MergedServer } from '../../model/merged-gateway.ts';
import type { GatewayRoutes } from './route-match.ts';

/** What each route configuration of a gateway stands for, by its name. */
export type GatewayRouteIndex = ReadonlyMap<string, GatewayRoutes>;

/**
 * What the route configurations of a gateway stand for. Those of servers without TLS are shared by all Gateways of a port, so they have no
 * Gateway and no port of a name.
 * @see istio pilot/pkg/model/gateway.go `getTargetPortMap`, `ParseGatewayRDSRouteName`
 */
export function indexGatewayRoutes({ serversByRoute }: MergedGateway): GatewayRouteIndex {
  const ports = new Map<number, Set<number>>();
  for (const [name, servers] of serversByRoute) {
    const known = ports.get(toPort(name)) ?? new Set();
    ports.set(toPort(name), known);
    for (const { server } of servers) known.add(server.port.number);
  }
  return new Map(
    [...serversByRoute].map(([name, servers]) => [
      name,
      { ports: [...(ports.get(toPort(name)) ?? [])], ...toOwner(name, servers) },
    ]),
  );
}

function toOwner(name: string, [{ server, gatewayName }]: readonly [MergedServer, ...MergedServer[]]) {
  if (!name.startsWith('https.')) return { portName: '', gateway: '' };
  return { portName: server.port.name, gateway: gatewayName };
}

/** The number after the first dot of an RDS name. */
function toPort(name: string): number {
  return Number(name.split('.')[1]);
}
