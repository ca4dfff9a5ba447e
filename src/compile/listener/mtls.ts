import type {
  envoy_extensions_transport_sockets_tls_v3_CertificateValidationContext as ValidationContext,
  envoy_extensions_transport_sockets_tls_v3_DownstreamTlsContext as DownstreamTlsContext,
  envoy_extensions_transport_sockets_tls_v3_SdsSecretConfig as SdsSecretConfig,
} from '../../gen/messages.ts';
import type { InboundScope } from '../../model/inbound-scope.ts';
import type { MtlsMode } from '../../model/peer-authentication.ts';
import { findPortMode, PERMISSIVE_POLICY } from '../../model/peer-policy.ts';
import { agentSecret, fileCertificateName, fileRootsName, MESH_ROOTS, OWN_CERTIFICATE } from '../sds.ts';
import { enforceCompliance } from '../tls-compliance.ts';
import { TRUE } from '../wire.ts';
import type { ListenerSettings } from './settings.ts';
import { listUsableSuites } from './tls-parameters.ts';

/**
 * How the workload's own port `targetPort` is secured; 0 stands for ports that nothing declares and no policy names. A proxy without an identity
 * can take plaintext only, whatever its policies say.
 */
export function findInboundMode({ peers }: InboundScope, { identity }: ListenerSettings, targetPort: number): MtlsMode {
  return identity === 'none' ? 'disable' : findPortMode(peers ?? PERMISSIVE_POLICY, targetPort);
}

/** Suites of TLS 1.2 that istio-proxy agrees to, the strongest first. */
const CIPHER_SUITES: readonly string[] = [
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
];

const HTTP_ALPN: readonly string[] = ['h2', 'http/1.1'];

/** What a server offers once its client asked for the mesh; stock Envoy cannot keep what `istio-peer-exchange` promises. */
export function getServerAlpn(protocol: 'http' | 'tcp', { istioFilters }: ListenerSettings): readonly string[] {
  return protocol === 'tcp' && istioFilters ? ['istio-peer-exchange', ...HTTP_ALPN] : HTTP_ALPN;
}

/**
 * Compiles the server's side of mTLS in the mesh: both certificates from the agent, and clients of the mesh's trust domains only.
 * @see istio pilot/pkg/security/authn/utils/utils.go `BuildInboundTLS`
 */
export function compileMtlsContext(settings: ListenerSettings, protocol: 'http' | 'tcp'): DownstreamTlsContext {
  const chosen = listUsableSuites(settings.meshMtlsCipherSuites);
  return {
    require_client_certificate: TRUE,
    common_tls_context: {
      alpn_protocols: getServerAlpn(protocol, settings),
      tls_params: enforceCompliance(settings.compliance, {
        tls_minimum_protocol_version: settings.meshMtlsMinVersion === 'TLSV1_3' ? 'TLSv1_3' : 'TLSv1_2',
        tls_maximum_protocol_version: 'TLSv1_3',
        cipher_suites: chosen.length > 0 ? chosen : CIPHER_SUITES,
      }),
      tls_certificate_sds_secret_configs: [getServerCertificate(settings)],
      combined_validation_context: {
        default_validation_context: matchTrustDomains(settings.trustDomains),
        validation_context_sds_secret_config: getServerRoots(settings),
      },
    },
  };
}

/** What a server of the mesh shows: its own certificate, or files that its metadata name. */
export function getServerCertificate({ serverFiles }: ListenerSettings): SdsSecretConfig {
  const files = serverFiles?.certificate;
  return agentSecret(files ? fileCertificateName(files.chain, files.key) : OWN_CERTIFICATE);
}

/** What it checks its callers by. */
export function getServerRoots({ serverFiles }: ListenerSettings): SdsSecretConfig {
  return agentSecret(serverFiles?.root ? fileRootsName(serverFiles.root) : MESH_ROOTS);
}

function matchTrustDomains(domains: readonly string[]): ValidationContext {
  if (domains.length === 0) return {};
  return {
    match_typed_subject_alt_names: domains.map((domain) => ({
      san_type: 'URI',
      matcher: { prefix: `spiffe://${domain}/` },
    })),
  };
}
