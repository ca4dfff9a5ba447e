import { compileMeshTls } from './bootstrap-mesh-tls.ts';
import { type TcpAddress, toAddressJson } from './address.ts';

/** Listeners that answer operators and probes; they keep working whatever the control plane sends. */
export function compileStaticListeners(options: {
  readonly health?: TcpAddress | undefined;
  readonly metrics?: TcpAddress | undefined;
  readonly agent?: object | undefined;
  /** Further addresses of the same listeners, of the other family of IP. */
  readonly also?: string | undefined;
  readonly compressesStats?: boolean | undefined;
  readonly takesProxyProtocol?: boolean | undefined;
  /** The same metrics for scrapers of the mesh, over mutual TLS: Envoy's, and the agent's merged ones. */
  readonly secureMetrics?: TcpAddress | undefined;
  readonly secureMergedMetrics?: TcpAddress | undefined;
}): object[] {
  const listeners: object[] = [];
  if (options.metrics !== undefined) {
    const route = { match: { prefix: '/stats/prometheus' }, route: { cluster: 'prometheus_stats' } };
    const filters = options.compressesStats === true ? COMPRESSORS : [];
    listeners.push(compileAdminListener('stats', options.metrics, { route, also: options.also, filters }));
  }
  if (options.health !== undefined) {
    const match = { path: '/healthz/ready' };
    // Envoy's admin interface says LIVE only after the first clusters and listeners have arrived; an agent knows more than that.
    const route =
      options.agent === undefined
        ? { match, route: { cluster: 'prometheus_stats', prefix_rewrite: '/ready' } }
        : { match, route: { cluster: 'agent' } };
    const first = options.takesProxyProtocol === true ? { listener_filters: [PROXY_PROTOCOL] } : {};
    listeners.push({ ...compileAdminListener('agent', options.health, { route, also: options.also }), ...first });
  }
  for (const [address, cluster] of [
    [options.secureMetrics, 'prometheus_stats'],
    [options.secureMergedMetrics, 'agent'],
  ] as const) {
    if (address === undefined) continue;
    const route = { match: { prefix: '/stats/prometheus' }, route: { cluster } };
    const what = { route, also: options.also, transport_socket: MESH_TLS };
    listeners.push(compileAdminListener('secure_stats', address, what));
  }
  return listeners;
}

const MESH_TLS = {
  name: 'envoy.transport_sockets.tls',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext',
    require_client_certificate: true,
    common_tls_context: { alpn_protocols: ['h2', 'http/1.1'], ...compileMeshTls() },
  },
};

/** One HTTP listener in front of one path of the admin interface, so that the rest of it stays private. */
function compileAdminListener(
  statPrefix: string,
  address: TcpAddress,
  what: {
    readonly route: object;
    readonly also: string | undefined;
    readonly filters?: readonly object[];
    readonly transport_socket?: object;
  },
): object {
  const { route, also, filters = [], transport_socket } = what;
  return {
    name: `${address.host}_${address.port}`,
    address: toAddressJson(address),
    ...(also !== undefined && { additional_addresses: [{ address: toAddressJson({ ...address, host: also }) }] }),
    // Probes and scrapes must get through just when the proxy is full.
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    filter_chains: [
      {
        ...(transport_socket !== undefined && { transport_socket }),
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              stat_prefix: `${statPrefix};`,
              route_config: { virtual_hosts: [{ name: 'backend', domains: ['*'], routes: [route] }] },
              http_filters: [
                ...filters,
                {
                  name: 'envoy.filters.http.router',
                  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}

const PROXY_PROTOCOL = {
  name: 'envoy.filters.listener.proxy_protocol',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol',
  },
};

/** Large answers of the same words over and over: whoever scrapes chooses how they are packed. */
const COMPRESSORS = [
  ['brotli', 'compression.brotli.compressor.v3.Brotli'],
  ['zstd', 'compression.zstd.compressor.v3.Zstd'],
  ['gzip', 'compression.gzip.compressor.v3.Gzip'],
].map(([name, type]) => ({
  name: `envoy.filters.http.compressor.${name}`,
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.filters.http.compressor.v3.Compressor',
    compressor_library: { name, typed_config: { '@type': `type.googleapis.com/envoy.extensions.${type}` } },
  },
}));
