import type { Proxy } from '../../model/proxy.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Workload } from '../../model/workload.ts';
import { findProxyConfig } from './effective-proxy-config.ts';
import { localityOf, type NodeFacts } from './node.ts';

/**
 * A proxy as the mesh knows it: what its node said, completed by the workload that it serves.
 *
 * The labels of a Pod or WorkloadEntry win over what the node says of itself. Without one (a directory need not list workloads) the node's own
 * labels count.
 * @see istio pilot/pkg/model/context.go `SetWorkloadEntry`, `UpdateServiceTargets`
 */
export function toProxy(facts: NodeFacts, snapshot: Snapshot): Proxy {
  const { proxyConfig: sent, istioVersion: version, ...rest } = facts;
  const node = { ...rest, version };
  const workload = findWorkload(facts, snapshot);
  const labels = workload === undefined ? node.labels : { ...node.labels, ...workload.labels };
  const proxyConfig = sent ?? findProxyConfig({ ...node, labels }, workload, snapshot);
  if (workload === undefined) return { ...node, proxyConfig };
  const [region = '', zone = '', subzone = ''] = workload.locality.split('/');
  return {
    ...node,
    labels,
    network: node.network || workload.network,
    nodeName: node.nodeName || workload.node,
    locality: workload.locality === '' ? node.locality : localityOf(region, zone, subzone),
    proxyConfig,
  };
}

function findWorkload(
  { name, namespace, ipAddresses, cluster }: NodeFacts,
  { workloads }: Snapshot,
): Workload | undefined {
  const named = workloads.byName(namespace, name, cluster);
  if (named !== undefined) return named;
  const isAnywhere = !workloads.hasCluster(cluster);
  return ipAddresses
    .flatMap((ip) => workloads.byAddress(ip))
    .find((w) => w.namespace === namespace && (isAnywhere || w.cluster === cluster));
}
