import { compileLocalCluster, type LocalWorkload, readHashes } from '../../compile/endpoint/local-cluster.ts';
import { NO_ENDPOINTS } from '../../model/endpoint.ts';
import type { Proxy } from '../../model/proxy.ts';
import { ENDPOINT_TYPE } from '../../xds/type-url.ts';
import { readString } from '../proxy/metadata.ts';
import type { Layer, ViewQuestion } from './layer.ts';
import { targetsOfProxy } from './scopes.ts';

/** The replicas of a proxy's own workload, where its bootstrap has a cluster for them; replicas of a zone's region share it. */
export function localClusterLayers({ proxy, parts, cache }: ViewQuestion): readonly Layer[] {
  if (!['true', '1'].includes(readString(proxy.metadata, 'ENABLE_SELF_DISCOVERY').toLowerCase())) return [];
  const { endpoints } = parts.snapshot;
  const [target] = targetsOfProxy(parts.snapshot, proxy);
  const known = target && endpoints.of(target.service.hostname, target.service.namespace);
  const { name, templateHash, rolloutHash, region } = describe(proxy);
  const workload = cache.call(makeWorkload, name, templateHash, rolloutHash, region);
  const service =
    target === undefined ? '-' : `${target.service.namespace}/${target.service.hostname}:${target.port.number}`;
  return [
    {
      typeUrl: ENDPOINT_TYPE,
      slot: `local ${service} ${name} ${templateHash} ${rolloutHash} ${region}`,
      compiled: cache.call(compileLocalCluster, target, known ?? NO_ENDPOINTS, workload),
    },
  ];
}

function describe({ metadata, labels, locality }: Proxy): LocalWorkload {
  return { name: readString(metadata, 'WORKLOAD_NAME'), ...readHashes(labels), region: locality.region };
}

function makeWorkload(name: string, templateHash: string, rolloutHash: string, region: string): LocalWorkload {
  return { name, templateHash, rolloutHash, region };
}
