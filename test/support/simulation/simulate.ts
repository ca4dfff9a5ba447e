import { unpackAny } from '../../../src/gen/codec.ts';
import type {
  envoy_config_listener_v3_FilterChain as FilterChain,
  envoy_config_listener_v3_Listener as Listener,
  envoy_config_route_v3_RouteConfiguration as RouteConfiguration,
  envoy_extensions_filters_network_http_connection_manager_v3_HttpConnectionManager as HttpConnectionManager,
  envoy_extensions_filters_network_tcp_proxy_v3_TcpProxy as TcpProxy,
} from '../../../src/gen/messages.ts';
import type { Answer, ConnectionAnswer } from './answer.ts';
import type { Connection } from './connection.ts';
import { describeRoute } from './describe-route.ts';
import { findChain } from './find-chain.ts';
import type { HeldConfig } from './held-config.ts';
import type { HttpRequest } from './http-request.ts';
import { findRoute } from './route-match.ts';
import { findVirtualHost } from './virtual-host.ts';

/** What becomes of a request that comes over a connection to `listener`. */
export function simulateRequest(
  held: HeldConfig,
  listener: Listener | undefined,
  connection: Connection,
  request: HttpRequest,
): Answer | ConnectionAnswer {
  const chain = listener && findChain(listener, connection);
  const manager = chain && findManager(chain);
  if (manager === undefined) return simulateConnection(listener, connection);
  const host = findVirtualHost(routesOf(held, manager), request.authority);
  if (host === undefined) return NOT_FOUND;
  if (host.require_tls === 'ALL' && request.scheme === 'http') return toHttps(request);
  const route = findRoute(host, request);
  return route === undefined ? NOT_FOUND : describeRoute(route, request);
}

/** Envoy's own answer where no route takes a request. */
const NOT_FOUND: Answer = { response: { status: 404 } };

function toHttps({ authority, path }: HttpRequest): Answer {
  return { redirect: { status: 301, location: `https://${authority.replace(/:80$/, '')}${path}` } };
}

/** What becomes of a connection that nobody reads. */
export function simulateConnection(listener: Listener | undefined, connection: Connection): ConnectionAnswer {
  const chain = listener && findChain(listener, connection);
  const proxy = chain && findTcpProxy(chain);
  if (proxy === undefined) return { refused: true };
  if (proxy.weighted_clusters === undefined) return { cluster: proxy.cluster ?? '' };
  const { clusters = [] } = proxy.weighted_clusters;
  const total = clusters.reduce((sum, { weight = 0 }) => sum + weight, 0);
  return { split: Object.fromEntries(clusters.map(({ name = '', weight = 0 }) => [name, (weight * 100) / total])) };
}

/** The connection manager of a chain; `undefined` for one that carries bytes. */
export function findManager({ filters = [] }: FilterChain): HttpConnectionManager | undefined {
  const type = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
  return filters.map(({ typed_config }) => typed_config && unpackAny(type, typed_config)).find(Boolean);
}

function findTcpProxy({ filters = [] }: FilterChain): TcpProxy | undefined {
  const type = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
  return filters.map(({ typed_config }) => typed_config && unpackAny(type, typed_config)).find(Boolean);
}

function routesOf(held: HeldConfig, { rds, route_config }: HttpConnectionManager): RouteConfiguration {
  if (route_config !== undefined) return route_config;
  const name = rds?.route_config_name ?? '';
  const found = held.routes.get(name);
  if (found === undefined) throw new Error(`the proxy was never sent the route configuration ${name}`);
  return found;
}
