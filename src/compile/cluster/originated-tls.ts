import type {
  envoy_extensions_transport_sockets_tls_v3_CommonTlsContext,
  envoy_extensions_transport_sockets_tls_v3_TlsParameters,
  envoy_extensions_transport_sockets_tls_v3_UpstreamTlsContext,
} from '../../gen/messages.ts';
import {
  agentSecret,
  credentialRoots,
  credentialSecret,
  fileCertificateName,
  fileRootsName,
  rootsFile,
} from '../sds.ts';
import { matchAnyName } from '../subject-alt-names.ts';
import { enforceCompliance } from '../tls-compliance.ts';
import { findUpstreamHttp } from './http-protocol-options.ts';
import type { ClusterPlan } from './plan.ts';
import type { ClientSecurity, OriginatedTls } from './security.ts';

type CommonTlsContext = envoy_extensions_transport_sockets_tls_v3_CommonTlsContext;

/** Envoy's own limits for clients, spelled out as Istio does. */
export const CLIENT_TLS_VERSIONS: envoy_extensions_transport_sockets_tls_v3_TlsParameters = {
  tls_minimum_protocol_version: 'TLSv1_2',
  tls_maximum_protocol_version: 'TLSv1_3',
};

/**
 * Compiles TLS that the proxy originates for the application: certificates by `credentialName`, else from files.
 * @see istio pilot/pkg/networking/core/cluster_tls.go `constructUpstreamTLS`
 */
export function compileOriginatedTlsContext(
  plan: ClusterPlan,
  security: ClientSecurity & { readonly kind: 'originated' },
): envoy_extensions_transport_sockets_tls_v3_UpstreamTlsContext {
  const { settings, port, policy } = plan;
  const { tls } = security;
  const isHttp2 = findUpstreamHttp(port.protocol, policy.connectionPool, settings) === 'http2';
  return {
    ...(tls.sni && { sni: tls.sni }),
    common_tls_context: {
      tls_params: enforceCompliance(settings.compliance, {
        ...CLIENT_TLS_VERSIONS,
        ...(settings.cipherSuites.length > 0 && { cipher_suites: settings.cipherSuites }),
        ...(settings.ecdhCurves.length > 0 && { ecdh_curves: settings.ecdhCurves }),
      }),
      ...(isHttp2 && { alpn_protocols: ['h2'] }),
      ...compileCertificates(plan, security),
    },
  };
}

function compileCertificates(
  { settings }: ClusterPlan,
  { tls, subjectAltNames }: ClientSecurity & { readonly kind: 'originated' },
): CommonTlsContext {
  const validation = { ...matchAnyName(subjectAltNames), ...(tls.caCrl && { crl: { filename: tls.caCrl } }) };
  if (tls.credentialName) return compileCredential(tls, tls.credentialName, validation);
  return settings.identity === 'agent' ? compileAgentFiles(tls, validation) : compileOwnFiles(tls, validation);
}

type Validation = ReturnType<typeof matchAnyName>;

function compileCredential(tls: OriginatedTls, name: string, validation: Validation): CommonTlsContext {
  return {
    ...(tls.mode === 'mutual' && { tls_certificate_sds_secret_configs: [credentialSecret(name)] }),
    ...(!tls.insecureSkipVerify && {
      combined_validation_context: {
        default_validation_context: validation,
        validation_context_sds_secret_config: credentialRoots(name),
      },
    }),
  };
}

/** The agent reads the files, so that Envoy notices when they are renewed. */
function compileAgentFiles(tls: OriginatedTls, validation: Validation): CommonTlsContext {
  const certificate = fileCertificateName(tls.clientCertificate ?? '', tls.privateKey ?? '');
  return {
    ...(tls.mode === 'mutual' && { tls_certificate_sds_secret_configs: [agentSecret(certificate)] }),
    ...(tls.insecureSkipVerify
      ? { validation_context: {} }
      : {
          combined_validation_context: {
            default_validation_context: validation,
            validation_context_sds_secret_config: agentSecret(fileRootsName(tls.caCertificates)),
          },
        }),
  };
}

/** An Envoy without an agent reads the files itself. */
function compileOwnFiles(tls: OriginatedTls, validation: Validation): CommonTlsContext {
  return {
    ...(tls.mode === 'mutual' && {
      tls_certificates: [
        {
          certificate_chain: { filename: tls.clientCertificate ?? '' },
          private_key: { filename: tls.privateKey ?? '' },
        },
      ],
    }),
    validation_context: tls.insecureSkipVerify
      ? {}
      : { ...validation, trusted_ca: { filename: rootsFile(tls.caCertificates) } },
  };
}
