import type {
  envoy_config_cluster_v3_Cluster,
  envoy_extensions_common_dynamic_forward_proxy_v3_DnsCacheConfig,
} from '../../gen/messages.ts';
import { toExtension } from '../extension.ts';

/**
 * Compiles the cluster type that resolves the host of each request.
 * @param allowInsecure permits TLS whose certificate is not checked against the name that was resolved.
 */
export function compileDynamicDns(
  cache: envoy_extensions_common_dynamic_forward_proxy_v3_DnsCacheConfig,
  allowInsecure: boolean,
): Pick<envoy_config_cluster_v3_Cluster, 'cluster_type'> {
  return {
    cluster_type: toExtension(
      'envoy.clusters.dynamic_forward_proxy',
      'envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig',
      { dns_cache_config: cache, ...(allowInsecure && { allow_insecure_cluster_options: true }) },
    ),
  };
}
