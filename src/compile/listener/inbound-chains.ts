import type { envoy_config_listener_v3_FilterChain } from '../../gen/messages.ts';
import type { MtlsMode } from '../../model/peer-authentication.ts';
import type { Extension } from '../extension.ts';
import { compileMetadataFilters, compileTcpFilters } from '../filter/network-filters.ts';
import { compileBlackHole } from '../filter/tcp-proxy.ts';
import {
  BLACK_HOLE_INBOUND_CHAIN,
  CATCH_ALL_INBOUND_CHAIN,
  CATCH_ALL_INBOUND_HTTP_CHAIN,
  INBOUND_PASSTHROUGH_CLUSTER,
  inboundClusterName,
  listenerName,
} from '../names.ts';
import { compileInboundRouteConfiguration } from '../route/inbound.ts';
import { expandStatName } from '../stat-name.ts';
import { uint32Of } from '../wire.ts';
import { toFilterChainMatch } from './chain.ts';
import { compileHttpConnectionManager } from './http-connection-manager.ts';
import { type InboundMatch, listInboundMatches, listUserTlsMatches } from './inbound-match.ts';
import type { InboundPort } from './inbound-ports.ts';
import { compileConfigMetadata } from './metadata.ts';
import { compileMtlsContext } from './mtls.ts';
import { compileServerTlsContext } from './tls.ts';
import { toTlsSocket } from './tls-socket.ts';
import type { ListenerSettings } from './settings.ts';

type FilterChain = envoy_config_listener_v3_FilterChain;

/** What the chains of a port have in common, passthrough included. */
interface Target {
  /** 0: every port without chains of its own. */
  readonly port: number;
  readonly cluster: string;
  readonly host: string;
  readonly servicePort: number;
  readonly protocol: InboundPort['protocol'];
  readonly statPrefix: string;
  readonly httpStatPrefix: string;
  readonly names: Readonly<Record<InboundMatch['reads'], string>>;
}

/**
 * Compiles the filter chains of one port of the workload.
 * @see istio pilot/pkg/networking/core/listener_inbound.go `inboundChainForOpts`
 */
export function compileInboundChains(settings: ListenerSettings, port: InboundPort): readonly FilterChain[] {
  const { targetPort, protocol, mode, tls, sidecar } = port;
  const name = listenerName(port.binds[0], targetPort);
  const target: Target = {
    ...port,
    port: targetPort,
    cluster: inboundClusterName(targetPort),
    httpStatPrefix: `inbound_${name};`,
    names: { http: name, tcp: name },
  };
  const matches = tls ? listUserTlsMatches(protocol) : listInboundMatches(mode, protocol, settings);
  const metadata = sidecar && { metadata: compileConfigMetadata('sidecar', sidecar) };
  return matches.map((match) => ({
    ...compileChain(settings, target, match),
    ...toSocket(settings, match, tls),
    ...metadata,
  }));
}

/**
 * Compiles the chains for connections to ports that nothing declares: on to where they were meant for.
 * @param port one that a policy secures in a way of its own; 0 for all others.
 */
export function compilePassthroughChains(
  settings: ListenerSettings,
  mode: MtlsMode,
  port: number,
): readonly FilterChain[] {
  const target: Target = {
    port,
    cluster: INBOUND_PASSTHROUGH_CLUSTER,
    host: '',
    servicePort: 0,
    protocol: 'auto',
    statPrefix: toPassthroughStatPrefix(settings),
    httpStatPrefix: `${INBOUND_PASSTHROUGH_CLUSTER};`,
    names: { http: CATCH_ALL_INBOUND_HTTP_CHAIN, tcp: CATCH_ALL_INBOUND_CHAIN },
  };
  return listInboundMatches(mode, 'auto', settings).map((match) => ({
    ...compileChain(settings, target, match),
    ...toSocket(settings, match, undefined),
  }));
}

/** The mesh's pattern counts here too, with the chain's name for that of the port and no service: an oddity of Istio. */
function toPassthroughStatPrefix({ inboundStatName }: ListenerSettings): string {
  if (inboundStatName === '') return INBOUND_PASSTHROUGH_CLUSTER;
  return expandStatName(inboundStatName, { hostname: '', port: 0, portName: CATCH_ALL_INBOUND_CHAIN });
}

/** A connection to the capture port itself would be passed on to where it came to. */
export function compileInboundLoopGuard(settings: ListenerSettings): FilterChain {
  return {
    name: BLACK_HOLE_INBOUND_CHAIN,
    filter_chain_match: { destination_port: uint32Of(settings.inboundPort) },
    filters: [...compileMetadataFilters(settings), compileBlackHole()],
  };
}

function compileChain(settings: ListenerSettings, target: Target, { match, reads }: InboundMatch): FilterChain {
  return {
    name: target.names[reads],
    filter_chain_match: {
      ...(target.port > 0 && { destination_port: uint32Of(target.port) }),
      ...toFilterChainMatch(match),
    },
    filters: reads === 'http' ? compileHttpFilters(settings, target) : compileBytesFilters(settings, target),
  };
}

function compileHttpFilters(settings: ListenerSettings, target: Target): readonly Extension[] {
  const route = { ...target, port: target.servicePort, retries: settings.inboundRetries };
  const manager = compileHttpConnectionManager(settings, {
    side: 'inbound',
    statPrefix: target.httpStatPrefix,
    route: { inline: compileInboundRouteConfiguration(route) },
    protocols: [target.protocol],
  });
  return [...compileMetadataFilters(settings), manager];
}

function compileBytesFilters(settings: ListenerSettings, target: Target): readonly Extension[] {
  const { protocol, statPrefix, cluster } = target;
  return compileTcpFilters(settings, { protocol, proxy: { statPrefix, target: cluster }, exchangesMetadata: true });
}

function toSocket(
  settings: ListenerSettings,
  { tls, reads }: InboundMatch,
  declared: InboundPort['tls'],
): Pick<FilterChain, 'transport_socket'> {
  if (tls === 'mesh') return { transport_socket: toTlsSocket(compileMtlsContext(settings, reads)) };
  if (tls === 'none' || declared === undefined) return {};
  const context = compileServerTlsContext(settings, declared, 'http');
  return context ? { transport_socket: toTlsSocket(context) } : {};
}
