import { isIpAddress } from '../../model/cidr.ts';
import type { Endpoint, EndpointHealth } from '../../model/endpoint.ts';
import { keyOf } from '../../model/object.ts';
import type { ServiceEntry, ServiceEntryPort } from '../../model/service-entry.ts';
import type { WorkloadEntry, WorkloadSpec } from '../../model/workload-entry.ts';
import type { ClusterContext } from './context.ts';
import type { NamespaceObjects } from './namespace-objects.ts';
import { selectEntries, selectPods } from './selected-endpoints.ts';
import { type Subject, subjectOfEntry, subjectOfPod, subjectOfSpec, toEndpoint } from './subject.ts';

/** One namespace of one cluster. */
export interface Place {
  readonly objects: NamespaceObjects;
  readonly context: ClusterContext;
}

/** Endpoints by host. Hosts that have the same endpoints share the list. */
export type EndpointsByHost = ReadonlyMap<string, readonly Endpoint[]>;

/**
 * The endpoints of a ServiceEntry's hosts: those it lists, or the Pods and WorkloadEntries its selector picks. A host that Envoy resolves and
 * that says neither is its own endpoint. Whether they are well is not known.
 *
 * @param places The namespace of the ServiceEntry in every cluster.
 * @param context Of the cluster of the ServiceEntry.
 * @see istio pilot/pkg/serviceregistry/serviceentry/conversion.go `convertServiceEntryToInstances`
 */
export function listEntryEndpoints(
  entry: ServiceEntry,
  places: readonly Place[],
  context: ClusterContext,
): EndpointsByHost {
  if (entry.workloadSelector !== undefined) return forAllHosts(entry, listSelected(entry, places));
  if (entry.endpoints.length === 0) return isResolvedByEnvoy(entry) ? listHostnames(entry, context) : new Map();
  const endpoints = entry.endpoints.flatMap((spec, index) => {
    const subject = subjectOfSpec(spec, entry.meta.namespace, `${entry.meta.name}-${index}`, context);
    return toEndpoints(entry, spec, subject);
  });
  return forAllHosts(entry, endpoints);
}

function forAllHosts(entry: ServiceEntry, endpoints: readonly Endpoint[]): EndpointsByHost {
  return new Map(entry.hosts.map((host) => [host, endpoints]));
}

function listHostnames(entry: ServiceEntry, context: ClusterContext): EndpointsByHost {
  const nobody: WorkloadSpec = {
    address: '',
    ports: {},
    labels: {},
    network: '',
    locality: '',
    weight: 1,
    serviceAccount: '',
  };
  const subject: Subject = { ...subjectOfSpec(nobody, entry.meta.namespace, entry.meta.name, context), labels: {} };
  return new Map(entry.hosts.map((host) => [host, toEndpoints(entry, { ...nobody, address: host }, subject)]));
}

function listSelected(entry: ServiceEntry, places: readonly Place[]): readonly Endpoint[] {
  const pods = places.flatMap(({ objects, context }) =>
    selectPods(objects, entry.workloadSelector)
      .filter((pod) => pod.ready)
      .flatMap((pod) => {
        const subject = subjectOfPod(pod, context);
        return pod.ips.flatMap((address) => toEndpoints(entry, { address, ports: {} }, subject, 'healthy'));
      }),
  );
  const entries = places.flatMap(({ objects, context }) =>
    selectEntries(objects, entry.workloadSelector)
      .filter((workload) => isIpAddress(workload.address) || isResolvedByEnvoy(entry))
      .flatMap((workload: WorkloadEntry) => toEndpoints(entry, workload, subjectOfEntry(workload, context))),
  );
  return [...pods, ...entries];
}

/** Envoy resolves names only for services it is told to resolve. */
function isResolvedByEnvoy({ resolution }: ServiceEntry): boolean {
  return resolution === 'dns' || resolution === 'dns-round-robin';
}

function toEndpoints(
  entry: ServiceEntry,
  { address, ports }: Pick<WorkloadSpec, 'address' | 'ports'>,
  subject: Subject,
  health: EndpointHealth = 'unknown',
): readonly Endpoint[] {
  return entry.ports.map((port) =>
    toEndpoint(
      { origin: keyOf(entry.meta), ...subject },
      {
        address,
        port: address.startsWith('unix:') ? 0 : portOf(port, ports),
        servicePortName: port.name,
        servicePortNumber: port.number,
        health,
      },
    ),
  );
}

function portOf({ name, number, targetPort }: ServiceEntryPort, own: WorkloadSpec['ports']): number {
  return own[name] || targetPort || number;
}
