import type { envoy_extensions_transport_sockets_tls_v3_UpstreamTlsContext } from '../../gen/messages.ts';
import { isHttp } from '../../model/protocol.ts';
import { agentSecret, MESH_ROOTS, OWN_CERTIFICATE } from '../sds.ts';
import { matchAnyName } from '../subject-alt-names.ts';
import { enforceCompliance } from '../tls-compliance.ts';
import { findUpstreamHttp } from './http-protocol-options.ts';
import { CLIENT_TLS_VERSIONS } from './originated-tls.ts';
import type { ClusterPlan } from './plan.ts';
import type { ClientSecurity } from './security.ts';

/**
 * Compiles TLS with both ends' mesh identities: the own certificate and the mesh's roots from the agent.
 * @see istio pilot/pkg/networking/core/cluster_tls.go `buildUpstreamClusterTLSContext`
 */
export function compileMeshTlsContext(
  plan: ClusterPlan,
  { sni, subjectAltNames }: ClientSecurity & { readonly kind: 'mesh' },
): envoy_extensions_transport_sockets_tls_v3_UpstreamTlsContext {
  return {
    sni,
    common_tls_context: {
      tls_params: enforceCompliance(plan.settings.compliance, CLIENT_TLS_VERSIONS),
      alpn_protocols: listMeshAlpn(plan),
      tls_certificate_sds_secret_configs: [agentSecret(OWN_CERTIFICATE)],
      combined_validation_context: {
        default_validation_context: matchAnyName(subjectAltNames),
        validation_context_sds_secret_config: agentSecret(MESH_ROOTS),
      },
    },
  };
}

/**
 * What a client in the mesh offers, by which the server tells mTLS of the mesh from other TLS, and HTTP from other bytes.
 *
 * istio-proxy fits the offer to each request with its `istio.alpn` filter; stock Envoy has no such filter, so there the cluster says what its
 * port is declared to speak. It never offers `istio-peer-exchange`, which it could not keep, nor `http/1.1` where it may speak HTTP/2.
 */
function listMeshAlpn({ settings, port, policy }: ClusterPlan): readonly string[] {
  const http = findUpstreamHttp(port.protocol, policy.connectionPool, settings);
  if (settings.istioFilters) {
    return http === 'http2' ? ['istio-peer-exchange', 'istio', 'h2'] : ['istio-peer-exchange', 'istio'];
  }
  if (http === 'http2') return ['istio-h2', 'istio', 'h2'];
  if (!isHttp(port.protocol)) return ['istio'];
  return http === 'as-client' ? ['istio-http/1.1', 'istio'] : ['istio-http/1.1', 'istio', 'http/1.1'];
}
