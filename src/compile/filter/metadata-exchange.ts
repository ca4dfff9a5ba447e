import { type Extension, toIstioExtension } from '../extension.ts';
import type { HttpFilterContext } from './http-filter.ts';

const NAME = 'istio.metadata_exchange';

/** How istio-proxy learns who the other side is: from the headers it sends, else from what the workload API says. */
const DISCOVERY = [{ istio_headers: {} }, { workload_discovery: {} }];

/** Exchanges peers' metadata in request headers. istio-proxy only. */
export function compileMetadataExchange({
  side,
  settings,
  skipExternalMetadata,
}: HttpFilterContext): Extension | undefined {
  if (!settings.istioFilters) return undefined;
  const headers = skipExternalMetadata ? { skip_external_clusters: true } : {};
  return toIstioExtension(
    NAME,
    'io.istio.http.peer_metadata.Config',
    side === 'inbound'
      ? { downstream_discovery: DISCOVERY, downstream_propagation: [{ istio_headers: {} }] }
      : { upstream_discovery: DISCOVERY, upstream_propagation: [{ istio_headers: headers }] },
  );
}

/** Exchanges peers' metadata in the first bytes of connections that negotiated `istio-peer-exchange`. istio-proxy only. */
export function compileTcpMetadataExchange(): Extension {
  return toIstioExtension(NAME, 'envoy.tcp.metadataexchange.config.MetadataExchange', {
    protocol: 'istio-peer-exchange',
    enable_discovery: true,
  });
}
