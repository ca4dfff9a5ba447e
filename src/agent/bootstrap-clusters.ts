import { isIP } from 'node:net';
import { type Address, type TcpAddress, toAddressJson } from './address.ts';

/** Clusters that exist before the control plane has answered: the way to it, the agent, and Envoy's own admin interface. */
export function compileStaticClusters(options: {
  readonly discovery: Address;
  readonly admin: TcpAddress;
  readonly agent?:
    | { readonly sds: Address; readonly status: TcpAddress; readonly fileSds?: Address | undefined }
    | undefined;
}): object[] {
  return [
    compileStaticCluster('prometheus_stats', options.admin, '0.25s'),
    ...(options.agent === undefined
      ? []
      : [
          compileStaticCluster('agent', options.agent.status, '0.25s'),
          { ...compileStaticCluster('sds-grpc', options.agent.sds, '1s'), ...HTTP2 },
          ...(options.agent.fileSds === undefined
            ? []
            : [{ ...compileStaticCluster('sds-files-grpc', options.agent.fileSds, '1s'), ...HTTP2 }]),
        ]),
    { ...compileStaticCluster('xds-grpc', options.discovery, '1s'), ...XDS_TRANSPORT },
  ];
}

/**
 * The replicas of the proxy's own workload, which the control plane tells by EDS. Zone-aware balancing needs them to know how much of the
 * traffic can stay in the own zone; proxies ask for it by the metadata `ENABLE_SELF_DISCOVERY`, as under Istio.
 */
export const LOCAL_CLUSTER = {
  name: 'local_cluster',
  alt_stat_name: 'local_cluster;',
  type: 'EDS',
  connect_timeout: '1s',
  // Envoy takes no traffic here; a policy that counts zones is what makes it keep count.
  load_balancing_policy: {
    policies: [
      {
        typed_extension_config: {
          name: 'envoy.load_balancing_policies.least_request',
          typed_config: {
            '@type': 'type.googleapis.com/envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest',
            locality_lb_config: { zone_aware_lb_config: { min_cluster_size: 1 } },
          },
        },
      },
    ],
  },
  eds_cluster_config: { eds_config: { ads: {}, resource_api_version: 'V3' } },
};

function compileStaticCluster(name: string, address: Address, connectTimeout: string): object {
  return {
    name,
    // The semicolon ends the name for the tag rules in `bootstrap-stats.ts`, as in every cluster of the mesh.
    alt_stat_name: `${name};`,
    type: address.kind === 'pipe' || isIP(address.host) !== 0 ? 'STATIC' : 'STRICT_DNS',
    connect_timeout: connectTimeout,
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: [{ endpoint: { address: toAddressJson(address) } }] }],
    },
  };
}

/** For servers of gRPC. */
export const HTTP2 = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      explicit_http_config: { http2_protocol_options: {} },
    },
  },
};

const NO_LIMIT = 100_000;

const XDS_TRANSPORT = {
  typed_extension_protocol_options: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      // Each stream dials anew, so that proxies spread over the replicas again after one was away.
      common_http_protocol_options: { max_requests_per_connection: 1 },
      explicit_http_config: {
        // A control plane whose machine vanished sends no FIN: pings find out in under a minute.
        http2_protocol_options: { connection_keepalive: { interval: '30s', timeout: '20s' } },
      },
    },
  },
  upstream_connection_options: { tcp_keepalive: { keepalive_time: 300 } },
  circuit_breakers: {
    thresholds: ['DEFAULT', 'HIGH'].map((priority) => ({
      priority,
      max_connections: NO_LIMIT,
      max_pending_requests: NO_LIMIT,
      max_requests: NO_LIMIT,
    })),
  },
};
