import type {
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_RouteConfiguration as RouteConfiguration,
} from '../../gen/messages.ts';
import { isGrpc, type Protocol } from '../../model/protocol.ts';
import type { Retries } from '../../model/virtual-service.ts';
import { inboundVirtualHostName } from '../names.ts';
import { durationOf, FALSE } from '../wire.ts';
import { DEFAULT_ROUTE } from './default-route.ts';
import { MATCH_ALL } from './match.ts';
import { compileInboundRetryPolicy } from './retry.ts';

/** Where the requests of one inbound port go. */
export interface InboundRoute {
  /** Its name is the configuration's too. */
  readonly cluster: string;
  /** The service's host, as traces name it; empty for requests that pass through to ports no service has. */
  readonly host: string;
  /** The service's port, 0 for requests that pass through. */
  readonly port: number;
  readonly protocol: Protocol;
  /** MeshConfig's `defaultInboundHttpRetryPolicy`; absent: Istio's default. */
  readonly retries?: Retries | undefined;
}

/**
 * Compiles the routes of an inbound port, which stand in its HTTP connection manager: one that takes everything. VirtualServices never apply
 * here. gRPC is not retried, because a stream that was reset may have been answered in part.
 * @see istio pilot/pkg/networking/core/httproute.go `buildSidecarInboundHTTPRouteConfig`
 */
export function compileInboundRouteConfiguration(inbound: InboundRoute): RouteConfiguration {
  const { cluster, port } = inbound;
  return {
    name: cluster,
    virtual_hosts: [{ name: inboundVirtualHostName(port), domains: ['*'], routes: [compileRoute(inbound)] }],
    validate_clusters: FALSE,
  };
}

function compileRoute({ cluster, host, port, protocol, retries }: InboundRoute): Route {
  const retry_policy = isGrpc(protocol) ? undefined : compileInboundRetryPolicy(retries);
  const none = durationOf(0);
  return {
    name: DEFAULT_ROUTE,
    match: MATCH_ALL,
    decorator: { operation: `${host}:${port}/*` },
    route: {
      cluster,
      timeout: none,
      max_stream_duration: { max_stream_duration: none, grpc_timeout_header_max: none },
      ...(retry_policy && { retry_policy }),
    },
  };
}
