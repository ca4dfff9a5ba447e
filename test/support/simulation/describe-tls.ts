import { unpackAny } from '../../../src/gen/codec.ts';
import type { envoy_config_listener_v3_FilterChain as FilterChain } from '../../../src/gen/messages.ts';
import type { TlsAnswer } from './answer.ts';

/** What the clients of a chain are shown; `undefined` where there is no TLS. */
export function describeServerTls({ transport_socket }: FilterChain): TlsAnswer | undefined {
  const any = transport_socket?.typed_config;
  const context = any && unpackAny('envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext', any);
  if (context === undefined) return undefined;
  const { tls_certificate_sds_secret_configs = [], ...common } = context.common_tls_context ?? {};
  const ca =
    common.combined_validation_context?.validation_context_sds_secret_config ??
    common.validation_context_sds_secret_config;
  return {
    certificates: tls_certificate_sds_secret_configs.map(({ name = '' }) => name),
    ...(ca?.name !== undefined && { clientCa: ca.name }),
    requiresClientCertificate: context.require_client_certificate?.value === true,
  };
}
