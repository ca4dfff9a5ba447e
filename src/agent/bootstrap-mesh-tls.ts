/** A secret that the agent serves, under the name that it has there. */
function compileSds(name: string): object {
  return {
    name,
    sds_config: {
      api_config_source: {
        api_type: 'GRPC',
        transport_api_version: 'V3',
        set_node_on_first_message_only: true,
        grpc_services: [{ envoy_grpc: { cluster_name: 'sds-grpc' } }],
      },
      resource_api_version: 'V3',
    },
  };
}

/** The workload's own certificate, and the roots of its mesh: `CommonTlsContext`. @param match What a peer's certificate must be, beside of a root */
export function compileMeshTls(match: object = {}): object {
  return {
    tls_certificate_sds_secret_configs: [compileSds('default')],
    combined_validation_context: {
      default_validation_context: match,
      validation_context_sds_secret_config: compileSds('ROOTCA'),
    },
  };
}
