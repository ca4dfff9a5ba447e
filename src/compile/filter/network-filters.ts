import type { Protocol } from '../../model/protocol.ts';
import type { Extension } from '../extension.ts';
import type { ListenerSettings } from '../listener/settings.ts';
import { compileTcpMetadataExchange } from './metadata-exchange.ts';
import { compileMongoProxy } from './mongo-proxy.ts';
import { compileTcpProxy, type TcpProxyInput } from './tcp-proxy.ts';

/**
 * The network filters of a chain that ends in a TCP proxy, in order. Metadata exchange comes first, so that whatever refuses a connection
 * later still knows the peer; the protocol's own codec stands right in front of the proxy that it reads for.
 * @see istio pilot/pkg/networking/core/networkfilter.go `buildCompleteNetworkFilters`
 */
export function compileTcpFilters(
  settings: ListenerSettings,
  chain: {
    readonly protocol: Protocol;
    readonly proxy: TcpProxyInput;
    /** The chain terminates mesh connections, in which peers say who they are. */
    readonly exchangesMetadata: boolean;
    /** Stands between policy and the codec. */
    readonly resolver?: Extension | undefined;
  },
): readonly Extension[] {
  return [
    ...compileMetadataFilters(settings, chain.exchangesMetadata),
    ...(chain.resolver ? [chain.resolver] : []),
    ...(chain.protocol === 'mongo' && settings.mongoFilter ? [compileMongoProxy(chain.proxy.statPrefix)] : []),
    compileTcpProxy(settings, chain.proxy),
  ];
}

/** Metadata exchange in front of whatever else a chain does; nothing for stock Envoy. */
export function compileMetadataFilters({ istioFilters }: ListenerSettings, wanted = true): readonly Extension[] {
  return wanted && istioFilters ? [compileTcpMetadataExchange()] : [];
}
