import type { Endpoint } from '../../model/endpoint.ts';
import { keyOf, type Labels } from '../../model/object.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import { LOCAL_CLUSTER } from '../names.ts';
import { NO_NOTES } from '../note.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { listChosenEndpoints } from './filter.ts';
import { compileLbEndpoint } from './lb-endpoint.ts';
import { compileLocalityGroup, groupByLocality, parseLocality } from './locality-group.ts';
import { NO_PERSPECTIVE } from './perspective.ts';

/** A workload among those of its service. */
export interface LocalWorkload {
  readonly name: string;
  /** What tells the generations of a Deployment apart; empty where it has none. */
  readonly templateHash: string;
  readonly rolloutHash: string;
  readonly region: string;
}

/** Labels by which replicas of one generation know each other. */
const TEMPLATE_HASH = 'pod-template-hash';
const ROLLOUT_HASH = 'rollouts-pod-template-hash';

/** The parts of a proxy's labels that tell its generation. */
export function readHashes(labels: Labels): Pick<LocalWorkload, 'templateHash' | 'rolloutHash'> {
  return { templateHash: labels[TEMPLATE_HASH] ?? '', rolloutHash: labels[ROLLOUT_HASH] ?? '' };
}

/**
 * Compiles the replicas of a proxy's own workload in its region, by zone: Envoy compares them with the zones of a cluster to learn how much of
 * its traffic can stay in its own. No rule has a say in it.
 *
 * @param target the service by which the replicas are known, and one port of it; absent for a workload that nobody serves.
 * @see istio pilot/pkg/xds/endpoints/endpoint_builder.go `isSelfDiscoveryCluster`
 */
export function compileLocalCluster(
  target: { readonly service: Service; readonly port: ServicePort } | undefined,
  endpoints: readonly Endpoint[],
  workload: LocalWorkload,
): { readonly resources: readonly [CompiledResource]; readonly notes: typeof NO_NOTES } {
  const replicas = target === undefined ? [] : listReplicas(target, endpoints, workload);
  const members = replicas.map((endpoint) => ({ endpoint, message: compileLbEndpoint(endpoint, false) }));
  const localities = groupByLocality(members).map(compileLocalityGroup);
  const message = { cluster_name: LOCAL_CLUSTER, ...(localities.length > 0 && { endpoints: localities }) };
  const origins = target === undefined ? [] : [keyOf(target.service.meta)];
  const type = 'envoy.config.endpoint.v3.ClusterLoadAssignment';
  return { resources: [toResource(type, LOCAL_CLUSTER, message, origins)], notes: NO_NOTES };
}

function listReplicas(
  { service, port }: { readonly service: Service; readonly port: ServicePort },
  endpoints: readonly Endpoint[],
  workload: LocalWorkload,
): readonly Endpoint[] {
  const choice = {
    service,
    port,
    labels: undefined,
    policy: {},
    perspective: NO_PERSPECTIVE,
    addresses: 'eds',
    sendUnhealthy: 'never',
  } as const;
  return listChosenEndpoints(endpoints, choice).filter(({ workloadName, labels, locality }) => {
    const { templateHash, rolloutHash } = readHashes(labels);
    return (
      workloadName === workload.name &&
      templateHash === workload.templateHash &&
      rolloutHash === workload.rolloutHash &&
      parseLocality(locality).region === workload.region
    );
  });
}
