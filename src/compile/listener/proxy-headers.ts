import type { envoy_extensions_filters_network_http_connection_manager_v3_HttpConnectionManager as HttpConnectionManager } from '../../gen/messages.ts';
import type { ProxyHeaders } from '../../model/mesh-config.ts';
import type { ListenerSide } from '../filter/http-filter.ts';
import { TRUE } from '../wire.ts';
import type { ListenerSettings } from './settings.ts';

/** What `server` says. Towards its own application a sidecar keeps Envoy's name, as Istio always has. */
export function compileServerHeader(
  { server }: ProxyHeaders,
  side: ListenerSide,
): Pick<HttpConnectionManager, 'server_name' | 'server_header_transformation'> {
  if (server?.disabled) return { server_header_transformation: 'PASS_THROUGH' };
  const name = server?.value || (side === 'outbound' ? '' : 'istio-envoy');
  return { server_header_transformation: 'OVERWRITE', server_name: name };
}

/**
 * What happens to `x-forwarded-client-cert`: a server's sidecar adds the caller it authenticated, a gateway replaces what strangers sent, and
 * a client's sidecar drops it, which is Envoy's default.
 */
export function compileClientCertHeaders(
  settings: ListenerSettings,
  side: ListenerSide,
): Pick<HttpConnectionManager, 'forward_client_cert_details' | 'set_current_client_cert_details'> {
  switch (side) {
    case 'outbound':
      return {};
    case 'inbound':
      return {
        forward_client_cert_details: settings.proxyHeaders.forwardedClientCert ?? 'APPEND_FORWARD',
        set_current_client_cert_details: compileInboundDetails(settings.proxyHeaders),
      };
    case 'gateway':
      return compileGatewayDetails(settings.gatewayTopology.forwardClientCertDetails ?? 'SANITIZE_SET');
  }
}

function compileInboundDetails({ setCurrentClientCertDetails: details }: ProxyHeaders) {
  return {
    subject: { value: details?.subject ?? true },
    uri: details?.uri ?? true,
    dns: details?.dns ?? true,
    cert: details?.cert ?? false,
    chain: details?.chain ?? false,
  };
}

function compileGatewayDetails(mode: NonNullable<ProxyHeaders['forwardedClientCert']>) {
  // Envoy refuses details for the modes that add none.
  if (mode !== 'APPEND_FORWARD' && mode !== 'SANITIZE_SET') return { forward_client_cert_details: mode };
  return {
    forward_client_cert_details: mode,
    set_current_client_cert_details: { subject: TRUE, cert: true, dns: true, uri: true },
  };
}
