import type {
  envoy_config_core_v3_ConfigSource,
  envoy_extensions_transport_sockets_tls_v3_SdsSecretConfig,
} from '../gen/messages.ts';
import { SDS_CLUSTER } from './names.ts';

/*
 * Where Envoy fetches certificates from: the agent beside it, for what lies on its disk or is its own identity, or the control plane, for what
 * users keep in Secrets.
 * See istio pilot/pkg/security/model/authentication.go and pilot/pkg/model/credentials/resource.go.
 */

type SdsSecretConfig = envoy_extensions_transport_sockets_tls_v3_SdsSecretConfig;

/** The workload's own certificate, as the agent serves it. */
export const OWN_CERTIFICATE = 'default';
/** The mesh's trust bundle, as the agent serves it. */
export const MESH_ROOTS = 'ROOTCA';
/** What users write for the roots of the operating system. */
export const SYSTEM_ROOTS = 'system';
/** What is appended to the name of a credential for the roots that belong to it. */
export const CA_SUFFIX = '-cacert';

/** Where Debian and the images made from it, Envoy's among them, keep the system's roots. */
export const SYSTEM_ROOTS_FILE = '/etc/ssl/certs/ca-certificates.crt';

const SERVED_BY_AGENT: envoy_config_core_v3_ConfigSource = {
  api_config_source: {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: SDS_CLUSTER } }],
  },
  resource_api_version: 'V3',
};

/** Without a certificate of its own a workload had better wait than serve half of its listeners: no time limit. */
const AWAITED_FROM_AGENT: envoy_config_core_v3_ConfigSource = { ...SERVED_BY_AGENT, initial_fetch_timeout: {} };

/** Envoy's 15 s limit stays in force, so that a missing Secret does not hold back a listener for ever. */
const SERVED_BY_CONTROL_PLANE: envoy_config_core_v3_ConfigSource = { ads: {}, resource_api_version: 'V3' };

/** A secret that the agent serves, by its name there. Only for proxies whose `capabilities.identity` is `agent`. */
export function agentSecret(name: string): SdsSecretConfig {
  const isOwn = name === OWN_CERTIFICATE || name === MESH_ROOTS;
  return { name, sds_config: isOwn ? AWAITED_FROM_AGENT : SERVED_BY_AGENT };
}

/** The agent's name of a certificate that lies in two files. */
export function fileCertificateName(certificate: string, privateKey: string): string {
  return `file-cert:${certificate}~${privateKey}`;
}

/** The agent's name of roots that lie in a file; none given means the system's. */
export function fileRootsName(file = SYSTEM_ROOTS): string {
  return `file-root:${file === '' ? SYSTEM_ROOTS : file}`;
}

/** A `credentialName` as a Gateway or a DestinationRule has it, as secret configuration. */
export function credentialSecret(credentialName: string): SdsSecretConfig {
  const name = credentialSecretName(credentialName);
  if (name === OWN_CERTIFICATE || name === MESH_ROOTS) return agentSecret(name);
  return { name, sds_config: SERVED_BY_CONTROL_PLANE };
}

/** The same for the roots that belong to it. */
export function credentialRoots(credentialName: string): SdsSecretConfig {
  return credentialSecret(`${credentialName}${CA_SUFFIX}`);
}

/**
 * The SDS name of a credential: `foo` is `kubernetes://foo`, and names that carry a scheme stay as they are.
 * `builtin://` is the workload's own identity; `invalid://…` is asked for and never answered, so that it fails closed.
 */
export function credentialSecretName(credentialName: string): string {
  if (credentialName === 'builtin://') return OWN_CERTIFICATE;
  if (credentialName === `builtin://${CA_SUFFIX}`) return MESH_ROOTS;
  if (credentialName.startsWith('invalid://')) return 'invalid://';
  if (credentialName.startsWith('sds://')) return `kubernetes://${credentialName.slice('sds://'.length)}`;
  return /^[a-z-]+:\/\//.test(credentialName) ? credentialName : `kubernetes://${credentialName}`;
}

/** The operating system's name of a roots file that users gave, for an Envoy that reads it itself. */
export function rootsFile(file = ''): string {
  return file === '' || file === SYSTEM_ROOTS ? SYSTEM_ROOTS_FILE : file;
}
