import type { MtlsMode } from '../../model/peer-authentication.ts';
import { isHttp, type Protocol } from '../../model/protocol.ts';
import { type ChainMatch, getPlaintextHttp, MATCH_ALL } from './chain.ts';
import type { ListenerSettings } from './settings.ts';

/** One chain of an inbound port: what it takes, how it reads it, and who ends its TLS. */
export interface InboundMatch {
  readonly match: ChainMatch;
  readonly reads: 'http' | 'tcp';
  /** `mesh` ends mTLS of the mesh; `user` the TLS that a Sidecar's ingress declares; `none` leaves bytes as they are. */
  readonly tls: 'mesh' | 'user' | 'none';
}

/** What clients in the mesh offer when they speak HTTP. */
const MESH_HTTP: readonly string[] = ['istio-http/1.0', 'istio-http/1.1', 'istio-h2'];
/** What they offer when they do not say. */
const MESH_TCP: readonly string[] = ['istio-peer-exchange', 'istio'];
/** Any of them. */
export const MESH_ALPN: readonly string[] = ['istio', 'istio-peer-exchange', ...MESH_HTTP];

type Reads = InboundMatch['reads'];

function mesh(reads: Reads, applicationProtocols?: readonly string[]): InboundMatch {
  const match = {
    ...MATCH_ALL,
    transportProtocol: 'tls',
    ...(applicationProtocols && { applicationProtocols }),
  } as const;
  return { match, reads, tls: 'mesh' };
}

function plain(reads: Reads, applicationProtocols?: readonly string[]): InboundMatch {
  const rest = applicationProtocols && { applicationProtocols };
  return { match: { ...MATCH_ALL, transportProtocol: 'raw_buffer', ...rest }, reads, tls: 'none' };
}

/** TLS that is not the mesh's, passed on as it is. */
const OPAQUE: InboundMatch = { match: { ...MATCH_ALL, transportProtocol: 'tls' }, reads: 'tcp', tls: 'none' };

/**
 * The chains of a port, by how it is secured and what it is declared to speak. Envoy never goes back from a port's chains to those of all
 * ports: what a table leaves out is refused, such as plaintext where mTLS is a must.
 * @see istio pilot/pkg/networking/core/filterchain_options.go
 */
export function listInboundMatches(
  mode: MtlsMode,
  protocol: Protocol,
  settings: ListenerSettings,
): readonly InboundMatch[] {
  const http = getPlaintextHttp(settings);
  const kind = isHttp(protocol) ? 'http' : protocol === 'auto' ? 'auto' : 'tcp';
  switch (mode) {
    case 'permissive':
      return PERMISSIVE[kind](http);
    case 'strict':
      return kind === 'auto' ? [mesh('http', MESH_HTTP), mesh('tcp')] : [mesh(kind)];
    case 'disable':
      return kind === 'auto' ? [plain('http', http), plain('tcp')] : [plain(kind)];
  }
}

type Kind = 'http' | 'tcp' | 'auto';

const PERMISSIVE: Readonly<Record<Kind, (http: readonly string[]) => readonly InboundMatch[]>> = {
  http: () => [mesh('http', MESH_ALPN), plain('http')],
  tcp: () => [mesh('tcp', MESH_ALPN), OPAQUE, plain('tcp')],
  auto: (http) => [mesh('http', MESH_HTTP), plain('http', http), mesh('tcp', MESH_TCP), plain('tcp'), OPAQUE],
};

/** The one chain of a port whose TLS a Sidecar's ingress declares. */
export function listUserTlsMatches(protocol: Protocol): readonly InboundMatch[] {
  const reads = isHttp(protocol) ? 'http' : 'tcp';
  return [{ match: { ...MATCH_ALL, transportProtocol: 'tls' }, reads, tls: 'user' }];
}
