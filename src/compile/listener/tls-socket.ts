import type { envoy_extensions_transport_sockets_tls_v3_DownstreamTlsContext } from '../../gen/messages.ts';
import { type Extension, toExtension } from '../extension.ts';

/** The transport socket that ends TLS as `context` says. */
export function toTlsSocket(context: envoy_extensions_transport_sockets_tls_v3_DownstreamTlsContext): Extension {
  return toExtension(
    'envoy.transport_sockets.tls',
    'envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    context,
  );
}
