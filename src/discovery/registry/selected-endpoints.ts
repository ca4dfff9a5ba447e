import { isIpAddress } from '../../model/cidr.ts';
import type { Endpoint, EndpointHealth } from '../../model/endpoint.ts';
import type { KubeService, KubeServicePort, Pod } from '../../model/kubernetes.ts';
import { compareText, isSelectedBy, type Labels } from '../../model/object.ts';
import type { WorkloadEntry } from '../../model/workload-entry.ts';
import type { ClusterContext } from './context.ts';
import { hasAddress, type NamespaceObjects } from './namespace-objects.ts';
import { type Subject, subjectOfEntry, subjectOfPod, toEndpoint } from './subject.ts';

/**
 * The endpoints of a Kubernetes Service among the Pods that its selector picks, for services that nobody writes EndpointSlices for. Health is
 * what Kubernetes' own controller would have written.
 */
export function listPodEndpoints(
  service: KubeService,
  objects: NamespaceObjects,
  context: ClusterContext,
): readonly Endpoint[] {
  if (service.type === 'ExternalName') return [];
  return selectPods(objects, findSelector(service)).flatMap((pod) => {
    const subject = subjectOfPod(pod, context);
    const health = toHealth(pod, service.publishNotReadyAddresses);
    return pod.ips.flatMap((address) =>
      toEndpoints(service, (port) => findContainerPort(pod, port), { subject, address, health }),
    );
  });
}

/**
 * The endpoints of a Kubernetes Service among the WorkloadEntries that its selector picks. They come beside those of EndpointSlices. Headless
 * services have none, because nobody would resolve their names to these addresses.
 * @see istio pilot/pkg/serviceregistry/kube/controller/controller.go `collectWorkloadInstanceEndpoints`
 */
export function listWorkloadEntryEndpoints(
  service: KubeService,
  objects: NamespaceObjects,
  context: ClusterContext,
): readonly Endpoint[] {
  if (service.headless || service.type === 'ExternalName') return [];
  return selectEntries(objects, findSelector(service)).flatMap((entry) => {
    // Kubernetes services are EDS, and EDS takes addresses only.
    if (!isIpAddress(entry.address)) return [];
    const placed = { subject: subjectOfEntry(entry, context), address: entry.address, health: 'unknown' as const };
    return toEndpoints(service, (port) => findEntryPort(entry, port), placed);
  });
}

/** Pods of the namespace that carry all labels of the selector and have an address, by name. An empty selector picks all of them, an absent one none. */
export function selectPods(objects: NamespaceObjects, selector: Labels | undefined): readonly Pod[] {
  if (selector === undefined) return [];
  return [...objects.pods.values()]
    .filter((pod) => hasAddress(pod) && isSelectedBy(pod.meta.labels, selector))
    .sort((a, b) => compareText(a.meta.name, b.meta.name));
}

/** WorkloadEntries of the namespace that carry all labels of the selector and are not known to be ill, by name. */
export function selectEntries(objects: NamespaceObjects, selector: Labels | undefined): readonly WorkloadEntry[] {
  if (selector === undefined) return [];
  return [...objects.workloadEntries.values()]
    .filter((entry) => isHealthy(entry) && isSelectedBy(entry.labels, selector))
    .sort((a, b) => compareText(a.meta.name, b.meta.name));
}

/** Where a Pod listens for a port of a service; `undefined` when it has no container port of that name and protocol. */
export function findContainerPort(pod: Pod, { port, protocol, targetPort }: KubeServicePort): number | undefined {
  if (typeof targetPort !== 'string') return targetPort || port;
  if (/^\d+$/.test(targetPort)) return Number(targetPort);
  return pod.ports.find((own) => own.name === targetPort && own.protocol === protocol)?.port;
}

/** A WorkloadEntry that is checked counts only once a check succeeded; one that is not checked counts always. */
function isHealthy({ meta, healthy }: WorkloadEntry): boolean {
  return meta.annotations['proxy.istio.io/health-checks-enabled'] !== 'true' || healthy === true;
}

function findEntryPort({ ports }: WorkloadEntry, { name, port, targetPort }: KubeServicePort): number | undefined {
  const own = ports[name];
  if (own !== undefined) return own;
  if (typeof targetPort !== 'string') return targetPort || port;
  return /^\d+$/.test(targetPort) ? Number(targetPort) : ports[targetPort];
}

interface Placed {
  readonly subject: Subject;
  readonly address: string;
  readonly health: EndpointHealth;
}

function toEndpoints(
  service: KubeService,
  portOf: (port: KubeServicePort) => number | undefined,
  { subject, address, health }: Placed,
): readonly Endpoint[] {
  return service.ports.flatMap((port) => {
    const number = portOf(port);
    if (number === undefined) return [];
    const place = { address, port: number, servicePortName: port.name, servicePortNumber: port.port, health };
    return [toEndpoint(subject, place)];
  });
}

function toHealth(pod: Pod, publishNotReady: boolean): EndpointHealth {
  return pod.ready || publishNotReady ? 'healthy' : 'unhealthy';
}

/** Of a Kubernetes Service, an empty selector is none: who writes it lists the endpoints. */
function findSelector({ selector }: KubeService): Labels | undefined {
  return selector !== undefined && Object.keys(selector).length > 0 ? selector : undefined;
}
