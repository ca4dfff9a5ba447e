import type { EffectiveRule } from '../../model/effective-rule.ts';
import { listServerNames } from '../../model/gateway-server.ts';
import type { MergedServer } from '../../model/merged-gateway.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import { isHttp } from '../../model/protocol.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import { compileTcpFilters } from '../filter/network-filters.ts';
import { sniClusterName } from '../names.ts';
import { type Chain, MATCH_ALL } from './chain.ts';
import { compileHttpConnectionManager } from './http-connection-manager.ts';
import { MESH_ALPN } from './inbound-match.ts';
import { compileConnectTimeout } from './limits.ts';
import { type L4Route, rulesOf, statPrefixOf, toRoutedProxy, toTcpPolicy } from './l4-chain.ts';
import type { ListenerSettings } from './settings.ts';
import { compileServerTlsContext } from './tls.ts';
import { toTlsSocket } from './tls-socket.ts';

/**
 * Compiles the chain of an HTTP server, or of an HTTPS server that ends TLS. `undefined` when the server needs an identity that this proxy has not.
 * @param listener name of the listener that it is part of.
 * @see istio pilot/pkg/networking/core/gateway.go `createGatewayHTTPFilterChainOpts`
 */
export function compileHttpServerChain(
  settings: ListenerSettings,
  merged: MergedServer,
  listener: string,
): Chain | undefined {
  const { server, routeName } = merged;
  const tls = compileTls(settings, merged, 'http');
  if (tls === undefined) return undefined;
  const isPlain = isHttp(server.port.protocol);
  const manager = compileHttpConnectionManager(settings, {
    side: 'gateway',
    statPrefix: (!isPlain && server.name) || `outbound_${listener};`,
    route: { rds: routeName },
    protocols: [server.port.protocol],
  });
  return toChain(settings, merged, isPlain ? [] : listServerNames(server), { ...tls, filters: [manager] });
}

/** Compiles the chain of a TCP server, or of one that ends TLS for other protocols than HTTP; `undefined` as above. */
export function compileTcpServerChain(
  settings: ListenerSettings,
  merged: MergedServer,
  route: L4Route,
): Chain | undefined {
  const { server } = merged;
  const tls = compileTls(settings, merged, 'tcp');
  if (tls === undefined) return undefined;
  const port = toPort(merged);
  const filters = compileTcpFilters(settings, {
    protocol: port.protocol,
    proxy: toRoutedProxy(settings, route, port),
    exchangesMetadata: server.tls?.mode === 'istio-mutual',
  });
  const chain = toChain(settings, merged, server.tls ? listServerNames(server) : [], { ...tls, filters });
  return { ...chain, origins: [keyOf(route.source.meta), ...rulesOf(route.rule), ...chain.origins] };
}

/** Compiles the chain that passes TLS for `serverNames` on as it is. */
export function compilePassthroughChain(
  settings: ListenerSettings,
  merged: MergedServer,
  route: L4Route,
  serverNames: readonly string[],
): Chain {
  const port = toPort(merged);
  const proxy = toRoutedProxy(settings, route, port);
  const filters = compileTcpFilters(settings, { protocol: port.protocol, proxy, exchangesMetadata: false });
  const { origins } = toChain(settings, merged, [], {});
  return {
    match: { ...MATCH_ALL, serverNames },
    body: { filters, ...compileConnectTimeout(settings) },
    owner: keyOf(route.source.meta),
    origins: [keyOf(route.source.meta), ...rulesOf(route.rule), ...origins],
  };
}

/**
 * Compiles the chains by which other clusters reach a service through an AUTO_PASSTHROUGH server: one for each of its clusters, named by the
 * server name that mTLS of the mesh asks for. Only that passes, because only that offers the mesh's ALPN.
 * @see istio pilot/pkg/networking/core/gateway.go `builtAutoPassthroughFilterChains`
 */
export function compileAutoPassthroughChains(
  settings: ListenerSettings,
  gateway: ObjectKey,
  service: Service,
  rule: EffectiveRule | undefined,
): readonly Chain[] {
  const subsets = ['', ...(rule?.subsets.map(({ name }) => name) ?? [])];
  return service.ports
    .filter(({ protocol }) => protocol !== 'udp')
    .flatMap((port) => subsets.map((subset) => compileCrossing(settings, { gateway, service, port, subset }, rule)));
}

interface Crossing {
  readonly gateway: ObjectKey;
  readonly service: Service;
  readonly port: ServicePort;
  readonly subset: string;
}

function compileCrossing(
  settings: ListenerSettings,
  { gateway, service, port, subset }: Crossing,
  rule: EffectiveRule | undefined,
): Chain {
  const { hostname, meta } = service;
  const cluster = sniClusterName(hostname, port.number, subset);
  const proxy = {
    statPrefix: statPrefixOf(settings, cluster, { hostname, service, port, subset }),
    target: cluster,
    // A tunnel would wrap what is already sealed for its destination.
    policy: { ...toTcpPolicy(rule, port.number, subset), tunnel: undefined },
  };
  const filters = compileTcpFilters(settings, { protocol: port.protocol, proxy, exchangesMetadata: false });
  return {
    match: { ...MATCH_ALL, serverNames: [cluster], applicationProtocols: MESH_ALPN },
    body: { filters, ...compileConnectTimeout(settings) },
    owner: keyOf(meta),
    origins: [...rulesOf(rule), keyOf(meta), gateway],
  };
}

/** Nothing for a server without TLS; `undefined` when its TLS is not possible here. */
function compileTls(
  settings: ListenerSettings,
  { server }: MergedServer,
  reads: 'http' | 'tcp',
): Pick<Chain['body'], 'transport_socket'> | undefined {
  if (server.tls === undefined || isHttp(server.port.protocol)) return {};
  const context = compileServerTlsContext(settings, server.tls, reads);
  return context && { transport_socket: toTlsSocket(context) };
}

function toChain(
  settings: ListenerSettings,
  { gateway }: MergedServer,
  serverNames: readonly string[],
  body: Chain['body'],
): Chain {
  const owner = keyOf(gateway.meta);
  return {
    match: { ...MATCH_ALL, serverNames },
    body: { ...body, ...compileConnectTimeout(settings) },
    owner,
    origins: [owner],
  };
}

/** A VirtualService's destination without a port means the port that the Gateway declares, wherever the proxy listens for it. */
function toPort({ server: { port } }: MergedServer): ServicePort {
  return { name: port.name, number: port.number, protocol: port.protocol };
}
