import { CompileCache } from '../../src/compile/cache.ts';
import { compileGatewayListeners } from '../../src/compile/listener/gateway.ts';
import { compileSidecarInboundListeners } from '../../src/compile/listener/inbound.ts';
import { compileSidecarOutboundListeners } from '../../src/compile/listener/outbound.ts';
import type { CompileNote } from '../../src/compile/note.ts';
import type { CompiledResource } from '../../src/compile/resource.ts';
import { toJson } from '../../src/gen/codec.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import type { InboundScope } from '../../src/model/inbound-scope.ts';
import type { MergedGateway } from '../../src/model/merged-gateway.ts';
import type { Protocol } from '../../src/model/protocol.ts';
import type { Service } from '../../src/model/service.ts';
import { meta, service } from './model.ts';
import {
  endpointIndex,
  type ProxyOptions,
  routerClass,
  routerScope,
  type ScopeParts,
  sidecarClass,
  sidecarScope,
} from './scopes.ts';

/** What tests read of a listener's JSON form, as `config_dump` prints it. */
export interface ListenerJson {
  readonly name: string;
  readonly filter_chains: readonly ChainJson[];
  readonly default_filter_chain?: ChainJson;
  readonly listener_filters?: readonly FilterJson[];
  readonly [field: string]: unknown;
}

export interface ChainJson {
  readonly name?: string;
  readonly filter_chain_match?: object;
  readonly filters: readonly FilterJson[];
  readonly transport_socket?: FilterJson;
  readonly [field: string]: unknown;
}

export interface FilterJson {
  readonly name: string;
  readonly typed_config: Readonly<Record<string, unknown>>;
  readonly filter_disabled?: object;
}

/** Compiled listeners by name, in their order. */
export interface ListenersJson {
  readonly listeners: Readonly<Record<string, ListenerJson>>;
  readonly resources: readonly CompiledResource[];
  readonly notes: readonly CompileNote[];
}

/** The outbound listeners of a sidecar of `default`, whose own address is 1.1.1.1. */
export function outboundListeners(
  parts: ScopeParts & { readonly endpoints?: Readonly<Record<string, readonly Endpoint[]>> },
  proxy: ProxyOptions = {},
): ListenersJson {
  const endpoints = endpointIndex(parts.endpoints);
  const scope = sidecarScope(parts);
  return toListeners(
    compileSidecarOutboundListeners(scope, sidecarClass(proxy), endpoints, '1.1.1.1', new CompileCache()),
  );
}

/** The inbound listeners of a sidecar. */
export function inboundListeners(scope: InboundScope, proxy: ProxyOptions = {}): ListenersJson {
  return toListeners(compileSidecarInboundListeners(scope, sidecarClass(proxy), new CompileCache()));
}

/** The listeners of a gateway of `istio-system`. */
export function gatewayListeners(
  gateway: MergedGateway,
  parts: ScopeParts = {},
  proxy: ProxyOptions = {},
): ListenersJson {
  return toListeners(compileGatewayListeners(routerScope(gateway, parts), routerClass(proxy), new CompileCache()));
}

function toListeners(compiled: Pick<ListenersJson, 'resources' | 'notes'>): ListenersJson {
  const json = compiled.resources.map(
    ({ bytes }) => toJson('envoy.config.listener.v3.Listener', bytes) as ListenerJson,
  );
  return { ...compiled, listeners: Object.fromEntries(json.map((listener) => [listener.name, listener])) };
}

/** One line per chain, for tables: `{match} -> what ends it`, with `TLS` in front where the chain ends TLS. */
export function outline(listener: ListenerJson | undefined): readonly string[] {
  if (listener === undefined) return [];
  const { filter_chains: chains, default_filter_chain: last } = listener;
  return [...chains.map(describeChain), ...(last ? [`default ${describeChain(last)}`] : [])];
}

function describeChain({ filter_chain_match: match, filters, transport_socket: socket }: ChainJson): string {
  const text = match ? JSON.stringify(match).replaceAll('"', '') : '*';
  return `${text} -> ${socket ? 'TLS ' : ''}${filters.map(describeFilter).join(' + ')}`;
}

function describeFilter({ name, typed_config: config }: FilterJson): string {
  const short = name.slice(name.lastIndexOf('.') + 1);
  if (short === 'http_connection_manager') return `http(${describeRoutes(config)})`;
  if (short === 'tcp_proxy') return `tcp(${String(config.cluster ?? JSON.stringify(config.weighted_clusters))})`;
  return short;
}

function describeRoutes({ rds, route_config: inline }: FilterJson['typed_config']): unknown {
  if (typeof rds === 'object' && rds !== null && 'route_config_name' in rds) return rds.route_config_name;
  return typeof inline === 'object' && inline !== null && 'name' in inline ? `inline ${String(inline.name)}` : '?';
}

/** A ServiceEntry without address, with one port called by protocol and number. */
export function serviceEntry(
  hostname: string,
  number: number,
  protocol: Protocol,
  rest: Partial<Service> = {},
): Service {
  return service('default', hostname, {
    meta: meta('ServiceEntry', 'default', hostname),
    hostname,
    registry: 'external',
    external: true,
    addresses: [],
    ports: [{ name: `${protocol}-${number}`, number, protocol }],
    ...rest,
  });
}

/** Names of the listeners, without the one for captured connections. */
export function portListeners({ resources }: ListenersJson): readonly string[] {
  return resources.map(({ name }) => name).filter((name) => name !== 'virtualOutbound');
}

/** A TCP proxy as a listener has it. */
export function tcpProxy(config: object): object {
  return {
    name: 'envoy.filters.network.tcp_proxy',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', ...config },
  };
}

/** A listener filter of Envoy's own. */
export function listenerFilter(name: string, type: string, config: object = {}): FilterJson {
  return {
    name: `envoy.filters.listener.${name}`,
    typed_config: { '@type': `type.googleapis.com/envoy.extensions.filters.listener.${name}.v3.${type}`, ...config },
  };
}

/** What only HTTP in plaintext matches on a listener that others share. */
export const HTTP_ONLY = '{transport_protocol:raw_buffer,application_protocols:[http/1.1,h2c]}';

/** Where the rest of a listener's connections go in mode ALLOW_ANY. */
export const PASSTHROUGH = 'default {} -> tcp(PassthroughCluster)';
