/**
 * Every code of a note: what compiling an object brought to light. Codes are stable, people search for them; the page `docs/errors.md` is made
 * of these sentences.
 */
export const NOTE_MEANINGS = {
  COMPILE_FAILED:
    'A defect of the control plane keeps the object from being compiled; it is out of force until it changes.',
  CREDENTIAL_MISSING:
    'A certificate that a Gateway or a rule names is not there, or is not for proxies of that namespace.',
  DNS_CLUSTER_WITHOUT_ENDPOINTS: 'A service that is resolved by DNS has no name to resolve, so it has no cluster.',
  DR_CLIENT_CERTIFICATE_MISSING: 'Mutual TLS is asked for without a certificate to show, so no TLS is used.',
  DR_CREDENTIAL_IGNORED: 'A credential is named where sidecars may not fetch one, so no TLS is used.',
  DR_MERGED: 'Rules of one namespace for one host are one rule, in which a part of this one yields to an older one.',
  DR_MTLS_WITHOUT_IDENTITY: 'Mutual TLS of the mesh is asked for, and the proxy has nobody to get a certificate from.',
  ENVOY_FILTER_NO_MATCH: 'A patch of an EnvoyFilter found nothing to change in any proxy that it is for.',
  ENVOY_FILTER_PATCH_INVALID: 'A patch of an EnvoyFilter cannot be applied to what it matches, which stays as it was.',
  ENVOY_REJECTED: 'A proxy refused what the object compiles to; it is out of force until it changes.',
  GATEWAY_CERTIFICATE_SHARED:
    'Servers with different hosts show one certificate on one port: browsers that reuse connections may get 404.',
  GATEWAY_PORT_PRIVILEGED: 'A port below 1024 is asked for, which the proxy may not open.',
  GATEWAY_SERVER_CONFLICT: 'A server cannot share its port with an older one, and is left out.',
  GATEWAY_SERVER_UNROUTED: 'No rule says where a server sends its connections, so it is left out.',
  GATEWAY_WITHOUT_IDENTITY: 'A server shows the certificate of the mesh, and the proxy has nobody to get one from.',
  INBOUND_PROTOCOL_CONFLICT: 'Two services send different protocols to one port of a workload; the older one decides.',
  LISTENER_CHAIN_CONFLICT: 'Two services or rules claim the same connections; the older one gets them.',
  LISTENER_MATCH_IMPOSSIBLE: 'A match can never be true where it stands.',
  LISTENER_PROTOCOL_CONFLICT:
    'Two services of one address and port cannot be told apart; the older one gets the connections.',
  PEER_POLICY_WITHOUT_IDENTITY:
    'A workload is to take mutual TLS only, and its proxy has nobody to get a certificate from: it takes plaintext.',
  SIDECAR_PORT_TAKEN: 'A port of a Sidecar is one that the proxy itself uses.',
  SIDECAR_TLS_IGNORED: 'TLS of a Sidecar has no effect where the mesh encrypts the port itself.',
  VS_DESTINATION_UNKNOWN: 'A destination is no service that the proxies of the rule can see: its requests get 503.',
  VS_GATEWAY_HOST_MISMATCH: 'A rule names a Gateway none of whose hosts are its own.',
  VS_HOST_SHADOWED: 'An older VirtualService has the host already, and only one can.',
  VS_PORT_UNKNOWN: 'A destination names a port that its service does not have: its requests get 503.',
  VS_SUBSET_UNKNOWN: 'A destination names a subset that no DestinationRule declares: its requests get 503.',
} as const satisfies Readonly<Record<string, string>>;

/** One of the codes that notes carry. */
export type NoteCode = keyof typeof NOTE_MEANINGS;
