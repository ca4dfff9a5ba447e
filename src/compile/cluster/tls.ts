import type {
  envoy_config_cluster_v3_Cluster,
  envoy_config_cluster_v3_Cluster_TransportSocketMatch,
  envoy_config_core_v3_TransportSocket,
  envoy_config_core_v3_UpstreamHttpProtocolOptions,
} from '../../gen/messages.ts';
import { toExtension } from '../extension.ts';
import type { CompileNote } from '../note.ts';
import { NO_NOTES } from '../note.ts';
import { structOf } from '../struct.ts';
import { compileMeshTlsContext } from './mesh-tls.ts';
import { compileOriginatedTlsContext } from './originated-tls.ts';
import type { ClusterPlan } from './plan.ts';
import { type ClientSecurity, findClientSecurity } from './security.ts';

type TransportSocket = envoy_config_core_v3_TransportSocket;
type TransportSocketMatch = envoy_config_cluster_v3_Cluster_TransportSocketMatch;

/** How the cluster's connections are secured, and what that means for its HTTP options. */
export interface CompiledSecurity {
  readonly fields: Pick<envoy_config_cluster_v3_Cluster, 'transport_socket' | 'transport_socket_matches'>;
  readonly upstream?: envoy_config_core_v3_UpstreamHttpProtocolOptions;
  readonly notes: readonly CompileNote[];
}

const PLAINTEXT: CompiledSecurity = { fields: {}, notes: NO_NOTES };

/** Sends bytes as they are; the name and type that Envoy gives its default socket. */
export const RAW_BUFFER: TransportSocket = toExtension(
  'envoy.transport_sockets.raw_buffer',
  'envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer',
  {},
);

/**
 * Compiles the transport sockets of an outbound cluster.
 *
 * mTLS that nobody asked for is chosen endpoint by endpoint: those marked `tlsMode: istio` get it, the others plaintext.
 * Clusters of original destinations know no endpoints, so it is all or nothing there. `proxyProtocol` wraps whatever comes out.
 * @see istio pilot/pkg/networking/core/cluster_tls.go `applyUpstreamTLSSettings`
 */
export function compileSecurity(plan: ClusterPlan): CompiledSecurity {
  if (plan.mode === 'sni-dnat') return PLAINTEXT;
  const { security, notes } = findClientSecurity(plan);
  const wrap = wrapperOf(plan.policy.proxyProtocol);
  switch (security.kind) {
    case 'none':
      return { fields: wrap ? { transport_socket: wrap(RAW_BUFFER) } : {}, notes };
    case 'mesh':
      return { fields: compileMeshFields(plan, security, wrap ?? unwrapped), notes };
    case 'originated': {
      const socket = tlsSocket(compileOriginatedTlsContext(plan, security));
      const upstream = compileServerNaming(plan, security);
      return { fields: { transport_socket: (wrap ?? unwrapped)(socket) }, notes, ...(upstream && { upstream }) };
    }
  }
}

type Wrapper = (socket: TransportSocket) => TransportSocket;

const unwrapped: Wrapper = (socket) => socket;

function compileMeshFields(
  plan: ClusterPlan,
  security: ClientSecurity & { readonly kind: 'mesh' },
  wrap: Wrapper,
): CompiledSecurity['fields'] {
  const socket = tlsSocket(compileMeshTlsContext(plan, security));
  if (!security.automatic || plan.discovery === 'original-dst') return { transport_socket: wrap(socket) };
  const matches: TransportSocketMatch[] = [
    { name: 'tlsMode-istio', match: structOf({ tlsMode: 'istio' }), transport_socket: wrap(socket) },
    { name: 'tlsMode-disabled', match: {}, transport_socket: wrap(RAW_BUFFER) },
  ];
  return { transport_socket_matches: matches };
}

function tlsSocket(context: Parameters<typeof toExtension<typeof TLS_CONTEXT>>[2]): TransportSocket {
  return toExtension('envoy.transport_sockets.tls', TLS_CONTEXT, context);
}

const TLS_CONTEXT = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext';

/** Where no SNI was given, the request's host is; and the certificate must be for it unless names were given. */
function compileServerNaming(
  { discovery }: ClusterPlan,
  { tls }: ClientSecurity & { readonly kind: 'originated' },
): envoy_config_core_v3_UpstreamHttpProtocolOptions | undefined {
  const auto_sni = (tls.sni ?? '') === '';
  const isUnnamed = auto_sni && tls.subjectAltNames.length === 0;
  const auto_san_validation = (isUnnamed || discovery === 'dynamic-dns') && !tls.insecureSkipVerify;
  if (!auto_sni && !auto_san_validation) return undefined;
  return { ...(auto_sni && { auto_sni }), ...(auto_san_validation && { auto_san_validation }) };
}

function wrapperOf(version: 'V1' | 'V2' | undefined): Wrapper | undefined {
  if (version === undefined) return undefined;
  return (socket) =>
    toExtension(
      'envoy.transport_sockets.upstream_proxy_protocol',
      'envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport',
      { config: { version }, transport_socket: socket },
    );
}
