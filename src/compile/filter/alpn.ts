import { type Extension, toIstioExtension } from '../extension.ts';
import type { HttpFilterContext } from './http-filter.ts';

const OVERRIDES = [
  { upstream_protocol: 'HTTP10', alpn_override: ['istio-http/1.0', 'istio', 'http/1.0'] },
  { upstream_protocol: 'HTTP11', alpn_override: ['istio-http/1.1', 'istio', 'http/1.1'] },
  { upstream_protocol: 'HTTP2', alpn_override: ['istio-h2', 'istio', 'h2'] },
];

/**
 * Offers the server's sidecar the ALPN of the HTTP version in use, so that it takes the connection for HTTP. istio-proxy only: for stock
 * Envoy the clusters of declared HTTP ports offer it themselves.
 */
export function compileAlpn({ side, settings }: HttpFilterContext): Extension | undefined {
  if (side === 'inbound' || !settings.istioFilters) return undefined;
  return toIstioExtension('istio.alpn', 'istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig', {
    alpn_override: OVERRIDES,
  });
}
