import type { Severity } from '../model/issue.ts';

interface CodeMeaning {
  readonly severity: Severity;
  /** One sentence: what is wrong. */
  readonly meaning: string;
}

function error(meaning: string): CodeMeaning {
  return { severity: 'error', meaning };
}

function warning(meaning: string): CodeMeaning {
  return { severity: 'warning', meaning };
}

function notice(meaning: string): CodeMeaning {
  return { severity: 'info', meaning };
}

/**
 * Every code that reading an object can give. Codes are stable: people search for them and alert on them.
 * An error drops the object, whose last good version stays in force; a warning or a notice keeps it.
 */
const MEANINGS = {
  // The text and what it names.
  YAML_SYNTAX: error('The text is not valid YAML or JSON, or too large to be an object.'),
  KIND_UNKNOWN: error('The group and kind name nothing that the mesh knows.'),
  KIND_UNSUPPORTED: warning(
    'The kind belongs to Istio, but nothing here acts on it yet: what it would deny is let through.',
  ),
  KIND_IGNORED: notice('The kind is no input of a mesh, so the object is left alone.'),
  VERSION_UNKNOWN: error('The kind exists, but not in this version of its API.'),
  NAME_INVALID: error('A name is missing or has characters that names cannot have.'),
  NAMESPACE_INVALID: error('A namespace has characters that namespaces cannot have.'),
  LABEL_INVALID: error('The key or value of a label has characters that labels cannot have.'),
  ANNOTATION_MISPLACED: error('The annotation has no meaning on objects of this kind, and its author counts on it.'),
  ANNOTATION_RESERVED: error('The annotation is for internal use and cannot be set by users.'),

  // Single fields, whatever their kind.
  FIELD_UNKNOWN: error('The field does not exist there.'),
  FIELD_TYPE: error('The value has the wrong type.'),
  FIELD_MISSING: error('A required field is not written.'),
  FIELD_EXCLUSIVE: error('Of several fields, at most one may be written.'),
  FIELD_DEPRECATED: warning('The field still works, but another one has taken its place.'),
  FIELD_IGNORED: warning('The field has no effect where it is written.'),
  ENUM_UNKNOWN: error('The value is not one of the names that the field takes.'),
  VALUE_RANGE: error('A number, a length or a count is out of range.'),
  DURATION_INVALID: error('The text is no duration, or one that the field does not take.'),
  REGEX_INVALID: error('The expression is not RE2, is empty, or is larger than proxies accept.'),
  REGEX_LARGE: notice('The expression is larger than an Envoy takes whose bootstrap does not raise its limit.'),
  HOST_INVALID: error('The text is no host name, or no host name that the field takes.'),
  ADDRESS_INVALID: error('The text is no IP address, CIDR block or socket path.'),
  HEADER_INVALID: error('The name or value of a header is one that proxies refuse.'),
  PROTOCOL_UNKNOWN: error('The text is no protocol of a port.'),
  BASE64_INVALID: error('The text is not base64.'),
  POLICY_EMPTY: error('A block of settings has no settings.'),
  SELECTOR_EMPTY: warning('A selector has no labels, so it picks everything.'),
  HOST_WILDCARD_PARTIAL: warning('The "*" of a host stands for a part of a label, which is not matched everywhere.'),
  TARGET_PORT: error('A port has a target port where there is none.'),
  RETRIES_OFF: error('Settings of retries stand beside attempts: 0, which turns retries off.'),
  RETRY_ON_UNKNOWN: error('A condition of retries is none that proxies know.'),
  LOCALITY_INVALID: error('Settings of localities contradict each other or name no locality.'),
  FAILOVER_WITHOUT_OUTLIERS: warning('Failover has no effect without outlier detection.'),
  TLS_TWO_SOURCES: error('Certificates come from more than one source, or from one that the mode does not use.'),
  TLS_CERTIFICATE_MISSING: error('A mode of TLS needs a certificate and a key that are not given.'),
  TLS_CREDENTIAL_FOREIGN: error('A credential lies in a namespace that the object may not read.'),
  TLS_UNVERIFIED: error('Something is to be verified although verification is off.'),
  TLS_VERSION_OLD: warning('A version of TLS is asked for whose ciphers are off.'),
  TLS_CIPHER: warning('A cipher is not known or named twice, and is left out.'),
  TLS_HASH: error('The text is no SHA-256 hash.'),
  EXPORT_TO_INVALID: error('The list of namespaces to export to contradicts itself or names no namespace.'),
  CERT_INVALID: error(
    'A certificate, key or bundle cannot be read, is none that proxies take, or does not belong to the other.',
  ),
  CERT_OUTDATED: warning('A certificate has expired, or is not valid yet.'),
  TARGET_INVALID: error('A policy is attached to something that no policy can be attached to.'),
  TRUST_DOMAIN_INVALID: error('The text is no trust domain.'),

  // MeshConfig.
  MESH_FIELD_UNKNOWN: notice('A mesh configuration has a field that does not exist; it is passed over.'),
  MESH_FIELD_UNUSED: notice('A mesh configuration has a field that nothing acts on yet.'),
  NETWORK_REPEATED: error('A cluster is in two networks.'),
  MESH_PORT_REPEATED: error('Two listeners of the proxy itself are to have the same port.'),
  ACCESS_LOG_FORMAT: error('The format of access logs is none that proxies take.'),
  ACCESS_LOG_JSON: warning('The format of access logs is no JSON object, so that logs have the default form.'),
  TLS_CURVE: warning('A curve is not known or named twice.'),
  TLS_CURVE_IN_MESH: error('Curves are chosen for traffic within the mesh, where they are fixed.'),

  // VirtualService.
  VS_ROUTE_EMPTY: error('The VirtualService has no rules.'),
  VS_HOST_STAR_IN_MESH: error('The host "*" is bound to the sidecars of the mesh.'),
  VS_HOST_REPEATED: error('Two hosts of one VirtualService overlap.'),
  VS_ACTION_MISSING: error('A rule does not say what becomes of requests.'),
  VS_REDIRECT_AND_ROUTE: error('A rule has both a route and an answer of its own.'),
  VS_TWO_ACTIONS: error('A rule has settings that exclude each other.'),
  VS_DELEGATE: error('A delegate, or a rule that delegates, has what the other side must have.'),
  VS_WEIGHTS_ZERO: error('The weights of several destinations are all 0.'),
  VS_REDIRECT_EMPTY: error('A redirect goes nowhere.'),
  VS_PREFIX_REWRITE: error('A redirect replaces a prefix where paths are not matched by prefix.'),
  VS_REWRITE_EMPTY: error('A rewrite changes nothing.'),
  VS_SUBSTITUTION: error('A substitution names a group that its expression does not have.'),
  VS_AUTHORITY_TWICE: error('The host of a request is set in more than one place.'),
  VS_FAULT_EMPTY: error('A fault does nothing.'),
  VS_FAULT_UNSUPPORTED: error('A kind of fault was never supported.'),
  VS_ORIGIN_EMPTY: error('An origin of a CORS policy is empty.'),
  VS_BODY_TOO_LARGE: error('A direct response is larger than proxies take.'),
  VS_BODY_LARGE: warning('A direct response is large enough to slow every proxy down.'),
  VS_CLAIM_IN_MESH: error('A claim of a token is matched where no token is read.'),
  GATEWAY_NAME_INVALID: error('The text is no name of a Gateway.'),
  VS_SNI_ADDRESS: warning('A rule matches an IP address as a name, which clients do not send.'),
  VS_SNI_PARTIAL: error('The "*" of an SNI host stands for a part of a label, which proxies refuse.'),
  VS_SNI_OUTSIDE: error('An SNI host is none of the hosts of its VirtualService.'),
  VS_RULE_UNREACHABLE: warning('A rule never sees traffic.'),
  VS_MATCH_UNREACHABLE: warning('A match never sees traffic.'),

  // DestinationRule.
  DR_SUBSET_REPEATED: error('Two subsets have the same name.'),
  DR_PORT_REPEATED: warning('A port has settings twice, of which the first count.'),
  DR_HASH_KEY_MISSING: error('Consistent hashing does not say what to hash.'),
  DR_MAGLEV_SIZE: error('The size of a Maglev table is not a prime number in range.'),
  DR_COOKIE_ATTRIBUTE_REPEATED: error('A cookie has an attribute twice.'),
  DR_LOCAL_ORIGIN_NOT_SPLIT: error('Failures to connect are limited without being counted apart.'),

  // Gateway.
  GW_PORT_NAME_REPEATED: error('Two servers have a port of the same name.'),
  GW_HOST_INVALID: error('A host of a server is none that gateways can serve.'),
  GW_TLS_MISSING: error('A server that encrypts has no TLS settings.'),
  GW_TLS_UNEXPECTED: error('A server that does not encrypt has TLS settings.'),
  GW_CREDENTIAL_MISSING: error('A server has no certificate, or no authorities to check clients against.'),

  // Sidecar.
  SIDECAR_EMPTY: error('The Sidecar says nothing.'),
  SIDECAR_PORT_REPEATED: error('Two listeners of a Sidecar have the same port.'),
  SIDECAR_CATCH_ALL: error('An egress listener without a port is not the last.'),
  SIDECAR_SOCKET_CAPTURE: error('Connections to a Unix socket are to be redirected.'),
  SIDECAR_SOCKET_PORT: error('A Unix socket is to serve every port of its hosts.'),
  SIDECAR_HOST_INVALID: error('A host of an egress listener is no namespace/host.'),
  SIDECAR_HOST_REPEATED: warning('A host of an egress listener is covered by another.'),
  SIDECAR_EGRESS_PROXY: error('An egress proxy is named although unknown traffic is not let out.'),
  SIDECAR_TLS: error('TLS settings that only gateways have.'),

  // EnvoyFilter.
  ENVOY_FILTER_INTERNAL: notice('What an EnvoyFilter changes is internal and no stable API.'),
  ENVOY_FILTER_MATCH: error('A match is of a kind that what the patch is for does not have.'),
  ENVOY_FILTER_VALUE: error("The value of a patch is not Envoy's JSON of what the patch is for."),
  ENVOY_FILTER_FOREIGN: warning('The value of a patch names a field or type that is not known here.'),
  ENVOY_FILTER_UNTYPED: warning('A filter has no settings, by whose type Envoy would know it.'),
  ENVOY_FILTER_NO_EFFECT: warning('A patch, or a part of it, can have no effect.'),

  // ProxyConfig.
  PC_SELECTOR_EMPTY: warning('The selector of a ProxyConfig has no labels, so it is for no workload.'),

  // PeerAuthentication.
  PA_PORTS_WITHOUT_SELECTOR: error('Modes of single ports are given without the workloads that have them.'),

  // ServiceEntry and WorkloadEntry.
  SE_HOST_STAR: error('The host "*" cannot be declared.'),
  SE_HOST_NOT_RESOLVABLE: error('A host cannot be resolved by DNS and has no endpoints.'),
  SE_HOST_NOT_WILDCARD: error('A host for DYNAMIC_DNS is not a wildcard.'),
  SE_PORT_REPEATED: error('Two ports have the same name or number.'),
  SE_CIDR: error('A CIDR block is given where the resolution does not take one.'),
  SE_ENDPOINTS: error('There are endpoints or addresses that the resolution does not take.'),
  SE_ENDPOINT_NAME: error('An endpoint of resolution STATIC is a name.'),
  SE_ENDPOINT_PORT: error('An endpoint names a port that the ServiceEntry does not have.'),
  SE_PROTOCOL: error('The resolution does not take the protocol of a port.'),
  SE_HOSTS_ON_TCP: error('Several hosts share a port on which they cannot be told apart.'),
  SE_ADDRESS_SHARED: warning('Several hosts share an address on a TCP port.'),
  SE_ADDRESS_MISSING: warning('A TCP port without an address takes the traffic of every host on it.'),
  SE_WAYPOINT: error('The resolution is not possible behind a waypoint.'),
  WE_ADDRESS_MISSING: error('A workload has neither an address nor a network.'),
  WE_ADDRESS_EMPTY: warning('A workload has no address and is reached through the gateway of its network.'),
  WE_SOCKET_PORTS: error('A workload on a Unix socket has ports.'),
} as const satisfies Record<string, CodeMeaning>;

export type IssueCode = keyof typeof MEANINGS;

/** Every code with its severity and meaning; `docs/errors.md` is generated from it. */
export const CODES: Readonly<Record<IssueCode, CodeMeaning>> = MEANINGS;
