import type { Gateway, GatewayServer } from './gateway.ts';
import { gatewayHttpRouteName, gatewayHttpsRouteName } from './gateway-route-name.ts';
import { type GatewayWorkload, resolveGatewayPorts, selectGateways } from './gateway-selection.ts';
import { isHttpServer, isPassthroughServer, isTlsServer } from './gateway-server.ts';
import type { MergedGateway, MergedServer, RejectedServer, ServerGroup } from './merged-gateway.ts';
import { keyOf, type ObjectKey } from './object.ts';
import { isHttp, type Protocol } from './protocol.ts';

/**
 * Merges all Gateways that apply to one workload: which servers share a port, and which have no room on it. Older Gateways win, and within
 * one the server that is written first.
 *
 * On one port and address, HTTP servers share their routes and TLS servers are told apart by name; any other two exclude each other.
 * @param gateways oldest first.
 * @see istio pilot/pkg/model/gateway.go `mergeGateways`
 */
export function mergeGateways(gateways: readonly Gateway[], workload: GatewayWorkload): MergedGateway {
  const merge = new GatewayMerge();
  for (const selected of selectGateways(gateways, workload)) {
    for (const server of selected.gateway.servers) {
      for (const port of resolveGatewayPorts(server.port.number, selected)) merge.add(selected.gateway, server, port);
    }
  }
  return merge.finish();
}

/** Servers of one protocol on one address, before those of one address come together. */
interface Group {
  readonly port: number;
  readonly bind: string;
  readonly protocol: Protocol;
  readonly servers: [MergedServer, ...MergedServer[]];
}

/** What is known of one port so far. */
interface PortState {
  /** The last group of servers that are not told apart by TLS. */
  plain?: Group;
  /** Who claimed a host for TLS, and on which address. */
  readonly hosts: Map<string, { readonly bind: string; readonly by: ObjectKey }>;
}

class GatewayMerge {
  readonly #ports = new Map<number, PortState>();
  readonly #groups = new Map<string, Group>();
  readonly #routes = new Map<string, [MergedServer, ...MergedServer[]]>();
  readonly #rejected: RejectedServer[] = [];

  add(gateway: Gateway, server: GatewayServer, port: number): void {
    const merged = toMerged(gateway, server, port);
    const state = this.#ports.get(port);
    if (state === undefined) {
      const created: PortState = { hosts: new Map() };
      this.#ports.set(port, created);
      if (this.#claimHosts(merged, created)) this.#open(merged, port, created);
      return;
    }
    if (!this.#claimHosts(merged, state)) return;
    if (state.plain !== undefined) this.#addBesidePlain(merged, port, state, state.plain);
    else if (isTlsServer(server)) this.#addBesideTls(merged, port);
    else this.#open(merged, port, state);
  }

  finish(): MergedGateway {
    const bySocket = new Map<string, ServerGroup>();
    for (const { port, bind, servers } of this.#groups.values()) {
      const key = `${port} ${bind}`;
      const known = bySocket.get(key);
      bySocket.set(key, { port, bind, servers: known ? [...known.servers, ...servers] : servers });
    }
    const groups = [...bySocket.values()];
    const hasAutoPassthrough = groups.some(({ servers }) =>
      servers.some(({ server }) => server.tls?.mode === 'auto-passthrough'),
    );
    return { groups, rejected: this.#rejected, serversByRoute: this.#routes, hasAutoPassthrough };
  }

  /** Names are compared as they are written, each with its namespace: two spellings of one name are sorted out where chains are made. */
  #claimHosts(merged: MergedServer, { hosts }: PortState): boolean {
    const { server, gateway } = merged;
    if (server.tls === undefined && !server.httpsRedirect) return true;
    const bind = server.bind ?? '';
    for (const host of server.hosts) {
      const claim = hosts.get(host);
      if (claim?.bind !== bind) continue;
      this.#reject(merged, `host ${host} is already served on this port`, claim.by);
      return false;
    }
    for (const host of server.hosts) hosts.set(host, { bind, by: keyOf(gateway.meta) });
    return true;
  }

  #addBesidePlain(merged: MergedServer, port: number, state: PortState, plain: Group): void {
    const { server, routeName } = merged;
    if (plain.bind !== (server.bind ?? '')) {
      this.#open(merged, port, state);
      return;
    }
    const { protocol } = server.port;
    const other = plain.servers[0];
    if (!(isHttp(protocol) && isHttp(plain.protocol)) || routeName === '') {
      const because = `port ${port} already serves ${plain.protocol} for ${other.gatewayName}, which ${protocol} cannot share`;
      this.#reject(merged, because, keyOf(other.gateway.meta));
      return;
    }
    plain.servers.push(merged);
    this.#addRoute(merged);
  }

  #addBesideTls(merged: MergedServer, port: number): void {
    const { server, routeName } = merged;
    const taken = isHttpServer(server) ? this.#routes.get(routeName) : undefined;
    if (taken !== undefined) {
      const because = `port name ${server.port.name} is used twice for port ${server.port.number} of one Gateway`;
      this.#reject(merged, because, keyOf(taken[0].gateway.meta));
      return;
    }
    this.#addRoute(merged);
    this.#join(merged, port);
  }

  #open(merged: MergedServer, port: number, state: PortState): void {
    const group = this.#join(merged, port);
    if (!isTlsServer(merged.server)) state.plain = group;
    this.#addRoute(merged);
  }

  #join(merged: MergedServer, port: number): Group {
    const { bind = '' } = merged.server;
    const { protocol } = merged.server.port;
    const key = `${port} ${protocol} ${bind}`;
    const known = this.#groups.get(key);
    known?.servers.push(merged);
    const group: Group = known ?? { port, bind, protocol, servers: [merged] };
    this.#groups.set(key, group);
    return group;
  }

  #addRoute(merged: MergedServer): void {
    if (merged.routeName === '') return;
    const known = this.#routes.get(merged.routeName);
    if (known === undefined) this.#routes.set(merged.routeName, [merged]);
    else known.push(merged);
  }

  #reject({ gateway, server }: MergedServer, because: string, by: ObjectKey): void {
    this.#rejected.push({ gateway, server, because, by });
  }
}

function toMerged(gateway: Gateway, server: GatewayServer, port: number): MergedServer {
  const { namespace, name } = gateway.meta;
  return { gateway, server, gatewayName: `${namespace}/${name}`, routeName: toRouteName(gateway, server, port) };
}

function toRouteName({ meta }: Gateway, server: GatewayServer, port: number): string {
  const { bind = '' } = server;
  const { number, name, protocol } = server.port;
  if (isHttp(protocol)) return gatewayHttpRouteName(port, bind);
  if (protocol !== 'https' || isPassthroughServer(server)) return '';
  return gatewayHttpsRouteName({ number, portName: name, gateway: meta.name, namespace: meta.namespace, bind });
}
