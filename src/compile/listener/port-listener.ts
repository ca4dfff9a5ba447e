import type {
  envoy_config_listener_v3_FilterChain,
  envoy_config_listener_v3_Listener,
  envoy_config_listener_v3_ListenerFilter,
} from '../../gen/messages.ts';
import type { ObjectKey } from '../../model/object.ts';
import { toAddress } from '../address.ts';
import { compileHttpInspector, compileTlsInspector } from '../filter/listener-filters.ts';
import { compileTcpProxy } from '../filter/tcp-proxy.ts';
import { listenerName, PASSTHROUGH_CHAIN } from '../names.ts';
import type { CompileNote } from '../note.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { durationOf, FALSE } from '../wire.ts';
import type { Binds } from './addresses.ts';
import { type Chain, getPlaintextHttp, isMatchAll, MATCH_ALL } from './chain.ts';
import { placeChains, toFilterChain } from './chain-placement.ts';
import { compileHttpConnectionManager } from './http-connection-manager.ts';
import { listOrigins } from './origins.ts';
import type { Fallthrough } from './outbound-policy.ts';
import { compileAcceptLimit, compileConnectTimeout } from './limits.ts';
import type { ListenerSettings } from './settings.ts';

/** Where a listener is. Interned: equal places are the identical value. */
export interface ListenerPlace {
  readonly binds: Binds;
  readonly port: number;
  readonly realBind: boolean;
  readonly origin: ObjectKey | '';
}

/** The HTTP side of a listener, as its compilation needs it. Interned. */
export interface HttpSide {
  readonly routeName: string;
  readonly sniffed: boolean;
  readonly grpcWeb: boolean;
  readonly dynamicHosts: readonly string[];
}

/** What a listener serves, in the order in which it was claimed. */
export type Side = HttpSide | Chain;

/** A listener, and what could not become part of it. */
export interface CompiledListener {
  readonly resource: CompiledResource;
  readonly notes: readonly CompileNote[];
}

const LISTENER = 'envoy.config.listener.v3.Listener';

/**
 * Compiles one outbound listener on a port of a service or Sidecar. Most serve one thing, so one needs no list.
 * @see istio pilot/pkg/networking/core/listener.go `buildListenerFromEntry`
 */
export function compilePortListener(
  settings: ListenerSettings,
  place: ListenerPlace,
  fallthrough: Fallthrough,
  sides: Side | readonly Side[],
): CompiledListener {
  const name = listenerName(place.binds[0], place.port);
  const chains = [sides]
    .flat()
    .map((side) => ('routeName' in side ? compileHttpChain(settings, name, side, fallthrough) : side));
  const { chains: placed, notes } = placeChains(chains, name);
  const message: envoy_config_listener_v3_Listener = {
    name,
    ...toListenerAddress(place.binds, place.port),
    traffic_direction: 'OUTBOUND',
    continue_on_listener_filters_timeout: true,
    ...(settings.outboundExactBalance && EXACT_BALANCE),
    ...(place.realBind ? compileAcceptLimit(settings) : { bind_to_port: FALSE }),
    ...compileInspectors(settings, placed),
    ...compileChains(settings, placed, fallthrough),
  };
  const origins = listOrigins(placed, ...(place.origin ? [place.origin] : []));
  return { resource: toResource(LISTENER, name, message, origins), notes };
}

/** Connections are dealt to workers in turn, for proxies that ask for it: fairer than the kernel's own choice, at the cost of a lock. */
export const EXACT_BALANCE = { connection_balance_config: { exact_balance: {} } };

/** The first address, and the others that the listener binds as well. */
export function toListenerAddress([first, ...rest]: Binds, port: number) {
  return {
    address: toAddress(first, port),
    ...(rest.length > 0 && { additional_addresses: rest.map((bind) => ({ address: toAddress(bind, port) })) }),
  };
}

function compileHttpChain(
  settings: ListenerSettings,
  name: string,
  { routeName, sniffed, grpcWeb, dynamicHosts }: HttpSide,
  fallthrough: Fallthrough,
): Chain {
  const manager = compileHttpConnectionManager(settings, {
    side: 'outbound',
    statPrefix: `outbound_${name};`,
    route: { rds: routeName },
    protocols: grpcWeb ? ['grpc-web'] : ['http'],
    dynamicHosts,
    allowAnyDynamicDns: fallthrough.dynamicDns,
  });
  const match = sniffed
    ? ({ ...MATCH_ALL, transportProtocol: 'raw_buffer', applicationProtocols: getPlaintextHttp(settings) } as const)
    : MATCH_ALL;
  return { match, body: { filters: [manager], ...compileConnectTimeout(settings) }, origins: [] };
}

/** Inspectors only where a chain needs their answer: they keep connections waiting for the client's first bytes. */
function compileInspectors(settings: ListenerSettings, chains: readonly Chain[]) {
  const needsTls = chains.some(({ match }) => match.serverNames.length > 0);
  const needsHttp = chains.some(({ match }) => (match.applicationProtocols ?? []).length > 0);
  const filters: envoy_config_listener_v3_ListenerFilter[] = [
    ...(needsTls ? [compileTlsInspector()] : []),
    ...(needsHttp ? [compileHttpInspector()] : []),
  ];
  return {
    ...(filters.length > 0 && { listener_filters: filters }),
    listener_filters_timeout: durationOf(needsHttp ? settings.detectionTimeoutMs : 0),
  };
}

/**
 * A chain that takes everything stands apart as the default, because Envoy never goes back from a half-matched chain to it. Where there is
 * none, what matches nothing goes where undeclared traffic goes.
 */
function compileChains(settings: ListenerSettings, chains: readonly Chain[], fallthrough: Fallthrough) {
  const catchAll = chains.find(({ match }) => isMatchAll(match));
  const matched = chains.filter((chain) => chain !== catchAll).map(toFilterChain);
  if (catchAll === undefined) {
    return { filter_chains: matched, default_filter_chain: compileFallthroughChain(settings, fallthrough) };
  }
  return matched.length === 0
    ? { filter_chains: [catchAll.body] }
    : { filter_chains: matched, default_filter_chain: catchAll.body };
}

function compileFallthroughChain(
  settings: ListenerSettings,
  { cluster }: Fallthrough,
): envoy_config_listener_v3_FilterChain {
  return {
    name: PASSTHROUGH_CHAIN,
    filter_chain_match: {},
    filters: [compileTcpProxy(settings, { statPrefix: cluster, target: cluster })],
  };
}
