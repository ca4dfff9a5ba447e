import type {
  envoy_config_cluster_v3_Cluster,
  envoy_config_endpoint_v3_LocalityLbEndpoints,
} from '../../gen/messages.ts';
import type { IpMode } from '../../model/proxy.ts';
import { compileServiceDnsCache } from '../dns-cache.ts';
import type { CompileNote } from '../note.ts';
import { expandStatName } from '../stat-name.ts';
import { compileConnections } from './connection-pool.ts';
import { compileEdsSource, compileOriginalDst } from './discovery.ts';
import { compileDns, findLookupFamily } from './dns.ts';
import { compileDynamicDns } from './dynamic-dns.ts';
import { compileHttpProtocolOptions, findUpstreamHttp } from './http-protocol-options.ts';
import { compileCommonLb, compileLoadBalancer } from './load-balancer.ts';
import { compileOutboundMetadata, METADATA_EXCHANGE } from './metadata.ts';
import { compileOutlierDetection } from './outlier-detection.ts';
import type { ClusterPlan } from './plan.ts';
import { toAltStatName } from './stat-name.ts';
import { type CompiledSecurity, compileSecurity } from './tls.ts';

type Cluster = envoy_config_cluster_v3_Cluster;

/** What a cluster that resolves names itself has beside its plan. */
export interface Resolved {
  readonly ipMode: IpMode;
  /** Empty for dynamic DNS. */
  readonly localities: readonly envoy_config_endpoint_v3_LocalityLbEndpoints[];
}

/**
 * Compiles the cluster of a service port, or of one of its subsets, as a client in the mesh sees it.
 * @param resolved for the three kinds of DNS, which carry their hosts.
 * @see istio pilot/pkg/networking/core/cluster_builder.go `applyDestinationRule`
 */
export function compileOutboundCluster(
  plan: ClusterPlan,
  resolved?: Resolved,
): { readonly cluster: Cluster; readonly notes: readonly CompileNote[] } {
  const { settings, port, policy, discovery } = plan;
  const { connectionPool: pool, outlierDetection } = policy;
  const security = compileSecurity(plan);
  const http = findUpstreamHttp(port.protocol, pool, settings);
  const options = compileHttpProtocolOptions({ http, pool, outlierDetection, upstream: security.upstream }, settings);
  const isDynamic = discovery === 'dynamic-dns';
  const cluster: Cluster = {
    name: plan.name,
    alt_stat_name: compileStatName(plan),
    ...compileHosts(plan, resolved, hasUnverifiedOptions(options, security)),
    ...compileConnections(settings, pool, policy.retryBudget),
    ...compileLoadBalancer(plan),
    // Dynamic DNS has hosts of its own kind: nothing there is weighed, panics, or is ejected.
    ...(!isDynamic && { common_lb_config: compileCommonLb(plan) }),
    ...(outlierDetection && !isDynamic && { outlier_detection: compileOutlierDetection(outlierDetection) }),
    ...options,
    ...security.fields,
    metadata: compileOutboundMetadata(plan),
    ...(settings.istioFilters && { filters: [METADATA_EXCHANGE] }),
  };
  return { cluster, notes: security.notes };
}

function compileStatName({ settings, service, port, subset, name, mode }: ClusterPlan): string {
  const { outboundStatName: pattern } = settings;
  if (pattern === '' || mode === 'sni-dnat') return toAltStatName(name);
  const subject = { hostname: service.hostname, service, port: port.number, portName: port.name, subset };
  return toAltStatName(expandStatName(pattern, subject));
}

function compileHosts(plan: ClusterPlan, resolved: Resolved | undefined, allowInsecure: boolean): Partial<Cluster> {
  const { settings, service, port, name, discovery } = plan;
  const { ipMode = 'ipv4', localities = [] } = resolved ?? {};
  switch (discovery) {
    case 'eds':
      return compileEdsSource(name);
    case 'original-dst':
      return compileOriginalDst(service, port);
    case 'dynamic-dns':
      return compileDynamicDns(compileServiceDnsCache(service.hostname, ipMode), allowInsecure);
    default:
      return {
        ...compileDns({ kind: discovery, family: findLookupFamily(ipMode, service) }, settings),
        load_assignment: { cluster_name: name, endpoints: localities },
      };
  }
}

/** A cluster that has HTTP options must bind TLS to the name that was resolved; Envoy wants to be told that it is meant not to. */
function hasUnverifiedOptions(options: Partial<Cluster>, { upstream }: CompiledSecurity): boolean {
  return (
    options.typed_extension_protocol_options !== undefined && !(upstream?.auto_sni && upstream.auto_san_validation)
  );
}
