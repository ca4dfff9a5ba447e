import type {
  envoy_extensions_transport_sockets_tls_v3_CertificateValidationContext as ValidationContext,
  envoy_extensions_transport_sockets_tls_v3_CommonTlsContext as CommonTlsContext,
  envoy_extensions_transport_sockets_tls_v3_DownstreamTlsContext as DownstreamTlsContext,
  envoy_extensions_transport_sockets_tls_v3_SdsSecretConfig as SdsSecretConfig,
} from '../../gen/messages.ts';
import type { ServerCertificate, ServerTls } from '../../model/gateway.ts';
import {
  agentSecret,
  credentialRoots,
  credentialSecret,
  fileCertificateName,
  fileRootsName,
  MESH_ROOTS,
  OWN_CERTIFICATE,
  rootsFile,
} from '../sds.ts';
import { matchAnyName } from '../subject-alt-names.ts';
import { enforceCompliance } from '../tls-compliance.ts';
import { FALSE, TRUE } from '../wire.ts';
import { getServerAlpn, getServerCertificate, getServerRoots } from './mtls.ts';
import type { ListenerSettings } from './settings.ts';
import { compileServerTlsParameters } from './tls-parameters.ts';

/** A certificate that lies in files. */
type FileCertificate = ServerCertificate & { readonly kind: 'files' };

/**
 * Compiles how a Gateway's server, or a Sidecar's ingress, ends TLS. `undefined` when this proxy cannot: the mode passes TLS through, or it
 * needs the workload's own identity and the proxy has none.
 * @param reads `tcp` for servers that end TLS for other protocols than HTTP.
 * @see istio pilot/pkg/networking/core/listener.go `BuildListenerTLSContext`
 */
export function compileServerTlsContext(
  settings: ListenerSettings,
  tls: ServerTls,
  reads: 'http' | 'tcp',
): DownstreamTlsContext | undefined {
  if (tls.mode === 'passthrough' || tls.mode === 'auto-passthrough') return undefined;
  const isMesh = tls.mode === 'istio-mutual';
  if (settings.identity === 'none' && (isMesh || tls.certificate.kind === 'none')) return undefined;
  const parameters = isMesh ? undefined : compileServerTlsParameters(tls, settings.tlsDefaults);
  const allowed = enforceCompliance(settings.compliance, parameters);
  return {
    require_client_certificate: isMesh || tls.mode === 'mutual' ? TRUE : FALSE,
    common_tls_context: {
      alpn_protocols: getServerAlpn(isMesh ? reads : 'http', settings),
      ...(isMesh ? compileMeshIdentity(settings, tls) : compileOwnIdentity(settings, tls)),
      ...(allowed && { tls_params: allowed }),
    },
  };
}

/** The mesh's own certificates; protocol versions and ciphers of the server are not looked at, because both ends are ours. */
function compileMeshIdentity(settings: ListenerSettings, tls: ServerTls): CommonTlsContext {
  const certificate = tls.certificate.kind === 'files' ? tls.certificate : undefined;
  return {
    tls_certificate_sds_secret_configs: [getServerCertificate(settings)],
    ...combine(withRevocation(toNames(tls), certificate), getServerRoots(settings)),
  };
}

function compileOwnIdentity(settings: ListenerSettings, tls: ServerTls): CommonTlsContext {
  const { certificate } = tls;
  switch (certificate.kind) {
    case 'credential': {
      const roots = certificate.caName ? credentialSecret(certificate.caName) : credentialRoots(certificate.names[0]);
      return {
        tls_certificate_sds_secret_configs: certificate.names.map(credentialSecret),
        ...(asksClient(tls) && combine({ ...toNames(tls), ...toPins(tls) }, roots)),
      };
    }
    case 'files':
      return settings.identity === 'agent' ? compileAgentFiles(tls, certificate) : compileOwnFiles(tls, certificate);
    case 'none':
      return {
        tls_certificate_sds_secret_configs: [agentSecret(OWN_CERTIFICATE)],
        ...(asksClient(tls) && combine(toNames(tls), agentSecret(MESH_ROOTS))),
      };
  }
}

/** Files that the agent watches and serves, so that a renewed certificate needs no new listener. */
function compileAgentFiles(tls: ServerTls, certificate: FileCertificate): CommonTlsContext {
  const { pairs, caCertificates } = certificate;
  const roots = agentSecret(caCertificates ? fileRootsName(caCertificates) : MESH_ROOTS);
  return {
    tls_certificate_sds_secret_configs: pairs.map((pair) =>
      agentSecret(fileCertificateName(pair.certificate, pair.privateKey)),
    ),
    ...(asksClient(tls) && combine(withRevocation(toNames(tls), certificate), roots)),
  };
}

/** Files that Envoy reads itself, where no agent is beside it. */
function compileOwnFiles(tls: ServerTls, certificate: FileCertificate): CommonTlsContext {
  const { pairs, caCertificates } = certificate;
  return {
    tls_certificates: pairs.map((pair) => ({
      certificate_chain: { filename: pair.certificate },
      private_key: { filename: pair.privateKey },
    })),
    ...(asksClient(tls) && {
      validation_context: {
        ...withRevocation(toNames(tls), certificate),
        trusted_ca: { filename: rootsFile(caCertificates) },
      },
    }),
  };
}

/** Only who asks its clients for a certificate may check one: Envoy refuses names to verify without roots to verify them against. */
function asksClient({ mode }: ServerTls): boolean {
  return mode === 'mutual' || mode === 'optional-mutual';
}

function toNames({ subjectAltNames, insecureSkipVerify }: ServerTls): ValidationContext {
  return {
    ...matchAnyName(subjectAltNames),
    ...(insecureSkipVerify && { trust_chain_verification: 'ACCEPT_UNTRUSTED' as const }),
  };
}

function toPins({ verifyCertificateSpki, verifyCertificateHash }: ServerTls): ValidationContext {
  return {
    ...(verifyCertificateSpki.length > 0 && { verify_certificate_spki: verifyCertificateSpki }),
    ...(verifyCertificateHash.length > 0 && { verify_certificate_hash: verifyCertificateHash }),
  };
}

function withRevocation(context: ValidationContext, certificate: FileCertificate | undefined): ValidationContext {
  return certificate?.caCrl ? { ...context, crl: { filename: certificate.caCrl } } : context;
}

function combine(context: ValidationContext, roots: SdsSecretConfig): CommonTlsContext {
  return {
    combined_validation_context: { default_validation_context: context, validation_context_sds_secret_config: roots },
  };
}
