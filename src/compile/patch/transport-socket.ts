import type {
  envoy_config_cluster_v3_Cluster as Cluster,
  envoy_config_core_v3_TransportSocket as TransportSocket,
  envoy_config_listener_v3_FilterChain as FilterChain,
} from '../../gen/messages.ts';
import { type ListMerge, mergeMessage } from '../../gen/merge.ts';
import { mergeAny } from './merge-any.ts';

/**
 * Merges into a filter chain. A patch with a transport socket of the name that the chain has changes that socket's settings and nothing else.
 * @throws MessageError when the settings of the two are of different types.
 * @see istio pilot/pkg/networking/core/envoyfilter/listener_patch.go `mergeTransportSocketListener`
 */
export function mergeFilterChain(chain: FilterChain, patch: FilterChain, lists: ListMerge): FilterChain {
  const own = chain.transport_socket;
  const other = patch.transport_socket;
  if (own === undefined || other === undefined || own.name !== other.name) {
    return mergeMessage('envoy.config.listener.v3.FilterChain', chain, patch, lists);
  }
  return { ...chain, transport_socket: mergeSocket(own, other) };
}

/**
 * Merges into a cluster. A patch with a transport socket changes the socket and nothing else: the settings of the one that has its name,
 * where the cluster chooses among several the first of them; else it takes the place of the only one. A cluster that chooses among sockets of
 * other names stays as it is, because Envoy takes no further one beside them.
 * @throws MessageError when the settings of the two are of different types.
 * @see istio pilot/pkg/networking/core/envoyfilter/cluster_patch.go `mergeTransportSocketCluster`
 */
export function mergeCluster(cluster: Cluster, patch: Cluster, lists: ListMerge): Cluster {
  const { transport_socket: own, transport_socket_matches: matches = [] } = cluster;
  const other = patch.transport_socket;
  if (other === undefined) return mergeMessage('envoy.config.cluster.v3.Cluster', cluster, patch, lists);
  if (matches.length === 0) {
    return { ...cluster, transport_socket: own && own.name === other.name ? mergeSocket(own, other) : other };
  }
  const at = matches.findIndex(({ transport_socket }) => transport_socket?.name === other.name);
  const match = matches[at];
  if (match?.transport_socket === undefined) return cluster;
  const merged = { ...match, transport_socket: mergeSocket(match.transport_socket, other) };
  return { ...cluster, transport_socket_matches: matches.with(at, merged) };
}

function mergeSocket(own: TransportSocket, other: TransportSocket): TransportSocket {
  if (own.typed_config === undefined || other.typed_config === undefined) return own;
  return { ...own, typed_config: mergeAny(own.typed_config, other.typed_config) };
}
