import type { envoy_config_cluster_v3_Cluster } from '../../gen/messages.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import type { IpMode } from '../../model/proxy.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { ConnectionPool } from '../../model/traffic-policy.ts';
import { findTrafficPolicy } from '../../model/traffic-policy-resolution.ts';
import { toAddress } from '../address.ts';
import { inboundClusterName } from '../names.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { expandStatName } from '../stat-name.ts';
import { compileConnections } from './connection-pool.ts';
import { compileHttpProtocolOptions, findUpstreamHttp } from './http-protocol-options.ts';
import { istioMetadata, rulePath, serviceMetadata } from './metadata.ts';
import type { ClusterSettings } from './settings.ts';
import { compileInboundBind } from './special.ts';
import { toAltStatName } from './stat-name.ts';

type Cluster = envoy_config_cluster_v3_Cluster;

/** Where a workload listens: where the client wanted to go, an address (dialled from one that capture lets pass, when `bound`), a socket. */
export type InboundBackend =
  | { readonly kind: 'original' }
  | { readonly kind: 'address'; readonly address: string; readonly port: number; readonly bound: boolean }
  | { readonly kind: 'pipe'; readonly path: string };

/**
 * Compiles the cluster of one port of the workload.
 *
 * @param number the port that the cluster is named by.
 * @param pool   limits of a Sidecar, which go before those of the rule; undefined when it says nothing.
 * @param rule   the DestinationRule that governs the first service; of it only the connection pool and the retry budget are used, for the server
 *               must hold what its clients were allowed.
 * @param sidecar the Sidecar that has a say in it.
 * @param services those behind the port, the oldest first, which counts; none for a port of a Sidecar that no service has.
 * @see istio pilot/pkg/networking/core/cluster_builder.go `buildInboundCluster`
 */
export function compileInboundCluster(
  settings: ClusterSettings,
  ipMode: IpMode,
  number: number,
  port: ServicePort,
  backend: InboundBackend,
  pool: ConnectionPool | undefined,
  rule: EffectiveRule | undefined,
  sidecar: ObjectKey | undefined,
  ...services: readonly Service[]
): CompiledResource {
  const name = inboundClusterName(number);
  const policy = findTrafficPolicy(rule, port.number, '', settings.defaultTrafficPolicy);
  const limits = pool ?? policy.connectionPool;
  const http = findUpstreamHttp(port.protocol, limits, settings, 'inbound');
  const isRuled = rule?.trafficPolicy !== undefined;
  const cluster: Cluster = {
    name,
    alt_stat_name: compileStatName(settings, number, port, services[0] ?? sidecar),
    ...compileBackend(name, backend),
    ...compileConnections(settings, limits, policy.retryBudget),
    common_lb_config: {},
    ...compileHttpProtocolOptions({ http, pool: limits }, settings),
    ...((isRuled || services.length > 0) && {
      metadata: istioMetadata({
        config: isRuled ? rulePath(rule) : undefined,
        services: services.length > 0 ? services.map(serviceMetadata) : undefined,
      }),
    }),
    ...(needsBind(backend) && { upstream_bind_config: compileInboundBind(ipMode) }),
  };
  const others = [...(isRuled ? rule.sources : []), ...services].map(({ meta }) => keyOf(meta));
  const origins = sidecar === undefined ? others : [sidecar, ...others];
  return toResource('envoy.config.cluster.v3.Cluster', name, cluster, origins);
}

/** @param serves the service behind the port, or the Sidecar that declares a port of none. */
function compileStatName(
  { inboundStatName: pattern }: ClusterSettings,
  number: number,
  port: ServicePort,
  serves: Service | ObjectKey | undefined,
): string {
  if (pattern === '' || serves === undefined) return toAltStatName(inboundClusterName(number));
  const whose =
    typeof serves === 'string' ? { hostname: hostOf(serves) } : { hostname: serves.hostname, service: serves };
  const subject = { ...whose, port: port.number, portName: port.name, targetPort: number };
  return toAltStatName(expandStatName(pattern, subject));
}

/** What stands for the host of a port that only a Sidecar knows: `name.namespace`. */
function hostOf(sidecar: ObjectKey): string {
  return sidecar.split('/').slice(1).reverse().join('.');
}

/** The longest time that Envoy can express: hosts of this cluster are the workload itself, which nothing should forget. */
const NEVER = { seconds: 9_223_372_035 };

function compileBackend(name: string, backend: InboundBackend): Cluster {
  if (backend.kind === 'original') {
    return { type: 'ORIGINAL_DST', lb_policy: 'CLUSTER_PROVIDED', cleanup_interval: NEVER };
  }
  const address = backend.kind === 'pipe' ? { pipe: { path: backend.path } } : toAddress(backend.address, backend.port);
  return {
    type: 'STATIC',
    load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
  };
}

function needsBind(backend: InboundBackend): boolean {
  return backend.kind !== 'address' || backend.bound;
}
