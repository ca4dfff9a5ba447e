import { ECHO, type Json } from './clusters.ts';
import { endpoint } from './scopes.ts';

/*
 * Transport sockets of clusters, as Envoy prints them.
 */

/** The identity of the workloads behind `echo`. */
export const ACCOUNT = 'spiffe://cluster.local/ns/default/sa/echo-sa';

/** Two endpoints of `echo`, both able to do mTLS. */
export const ECHO_ENDPOINTS = {
  [ECHO]: ['10.0.0.1', '10.0.0.2'].map((address) => endpoint(address, { identity: ACCOUNT, tlsMode: 'istio' })),
};

/** The versions of TLS that clients speak. */
export const TLS_PARAMS = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_3' };

const FROM_AGENT = {
  api_config_source: {
    api_type: 'GRPC',
    transport_api_version: 'V3',
    set_node_on_first_message_only: true,
    grpc_services: [{ envoy_grpc: { cluster_name: 'sds-grpc' } }],
  },
  resource_api_version: 'V3',
};

/** A secret that the agent serves. */
export function agentSds(name: string, rest: object = {}): object {
  return { name, sds_config: { ...FROM_AGENT, ...rest } };
}

/** A secret that the control plane serves. */
export function ads(name: string): object {
  return { name, sds_config: { ads: {}, resource_api_version: 'V3' } };
}

/** Names that a certificate must have one of. */
export function sans(...names: readonly (readonly [type: string, name: string])[]): object {
  return { match_typed_subject_alt_names: names.map(([san_type, exact]) => ({ san_type, matcher: { exact } })) };
}

/** TLS on the client's side. */
export function tlsSocket(context: object): object {
  const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';
  return { name: 'envoy.transport_sockets.tls', typed_config: { '@type': type, ...context } };
}

/** No TLS. */
export const RAW_BUFFER = {
  name: 'envoy.transport_sockets.raw_buffer',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer' },
};

/** TLS with the mesh's identities. */
export function meshSocket(sni: string, alpn: readonly string[], names: object = sans(['URI', ACCOUNT])): object {
  return tlsSocket({
    sni,
    common_tls_context: {
      tls_params: TLS_PARAMS,
      alpn_protocols: alpn,
      tls_certificate_sds_secret_configs: [agentSds('default', { initial_fetch_timeout: '0s' })],
      combined_validation_context: {
        default_validation_context: names,
        validation_context_sds_secret_config: agentSds('ROOTCA', { initial_fetch_timeout: '0s' }),
      },
    },
  });
}

/** `socket` for endpoints that can, plaintext for others. */
export function byEndpoint(socket: object): readonly object[] {
  return [
    { name: 'tlsMode-istio', match: { tlsMode: 'istio' }, transport_socket: socket },
    { name: 'tlsMode-disabled', match: {}, transport_socket: RAW_BUFFER },
  ];
}

/** How a cluster's connections are secured. */
export function socketsOf({ transport_socket: one, transport_socket_matches: several }: Json): object {
  return {
    ...(one !== undefined && { transport_socket: one }),
    ...(several !== undefined && { transport_socket_matches: several }),
  };
}
