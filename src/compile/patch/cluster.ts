import { decodeMessage } from '../../gen/codec.ts';
import type { google_protobuf_Value as Value } from '../../gen/messages.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import type { CompiledResource } from '../resource.ts';
import { isMerge, listMergeOf } from './chain.ts';
import { type PatchedResource, PatchRun, valueOf } from './patch-run.ts';
import { mergeCluster } from './transport-socket.ts';

const CLUSTER = 'envoy.config.cluster.v3.Cluster';

/** What a cluster's name says. */
interface ClusterKey {
  readonly isInbound: boolean;
  readonly port: number;
  readonly subset: string;
  readonly host: string;
}

/**
 * Applies patches to a compiled cluster. The first that removes it ends what came before and after it.
 * @see istio pilot/pkg/networking/core/envoyfilter/cluster_patch.go `ApplyClusterMerge`
 */
export function patchCluster(resource: CompiledResource, patches: readonly EnvoyPatch[]): PatchedResource {
  const run = new PatchRun();
  const removal = patches.find(({ operation }) => operation === 'REMOVE');
  if (removal !== undefined) {
    run.hit(removal);
    return run.finish(resource, CLUSTER, undefined);
  }
  const cluster = patches
    .filter(isMerge)
    .reduce(
      (before, patch) =>
        run.change(patch, before, () => mergeCluster(before, valueOf(CLUSTER, patch), listMergeOf(patch))),
      decodeMessage(CLUSTER, resource.bytes),
    );
  return run.finish(resource, CLUSTER, cluster);
}

/**
 * Whether a patch is for a compiled cluster. An inbound cluster's name carries no host: there a service is one of those that it serves.
 * @see istio pilot/pkg/networking/core/envoyfilter/cluster_patch.go `clusterMatch`
 */
export function matchesCluster({ cluster: match }: EnvoyPatch, resource: CompiledResource): boolean {
  if (match === undefined) return true;
  if (match.name !== undefined) return match.name === resource.name;
  const { isInbound, port, subset, host } = toClusterKey(resource.name);
  if (match.subset !== undefined && match.subset !== subset) return false;
  if (match.port !== undefined && match.port !== port) return false;
  if (match.service === undefined) return true;
  return isInbound ? listServedHosts(resource).includes(match.service) : match.service === host;
}

function toClusterKey(name: string): ClusterKey {
  const parts = name.startsWith('outbound_.') ? name.split('_.') : name.split('|');
  const [direction, port = '', subset = '', ...host] = parts;
  return { isInbound: direction === 'inbound', port: Number(port) || 0, subset, host: host.join('_.') };
}

function listServedHosts({ bytes }: CompiledResource): readonly string[] {
  const { metadata } = decodeMessage(CLUSTER, bytes);
  const services = metadata?.filter_metadata?.istio?.fields?.services?.list_value?.values ?? [];
  return services.flatMap((service: Value) => service.struct_value?.fields?.host?.string_value ?? []);
}
