import type { Endpoint, EndpointHealth } from '../../model/endpoint.ts';
import type { EndpointSlice, KubeService, Pod, SliceEndpoint } from '../../model/kubernetes.ts';
import { keyOf } from '../../model/object.ts';
import type { ClusterContext } from './context.ts';
import type { NamespaceObjects } from './namespace-objects.ts';
import { type Subject, subjectOfPod, toEndpoint, unknownSubject } from './subject.ts';

/** Services whose clients stick to an endpoint let it drain. */
const PERSISTENT_SESSION = ['istio.io/persistent-session', 'istio.io/persistent-session-header'];

/**
 * The endpoints of a Kubernetes Service that its EndpointSlices list. Slices overlap while Kubernetes moves endpoints between them: the first
 * entry of an address and port wins.
 * @see istio pilot/pkg/serviceregistry/kube/controller/endpointslice.go
 */
export function listSliceEndpoints(
  service: KubeService,
  slices: readonly EndpointSlice[],
  objects: NamespaceObjects,
  context: ClusterContext,
): readonly Endpoint[] {
  const numbers = new Map(service.ports.map((port) => [port.name, port.port]));
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    const place: Place = { service, numbers, slice, objects, context };
    for (const entry of slice.endpoints) {
      for (const address of entry.addresses) {
        for (const endpoint of recallEndpoints(entry, address, place)) {
          const key = `${address} ${endpoint.servicePortName}`;
          if (!found.has(key)) found.set(key, endpoint);
        }
      }
    }
  }
  return [...found.values()];
}

/** Where an entry of a slice is read. */
interface Place {
  readonly service: KubeService;
  /** Ports of the service, by name. */
  readonly numbers: ReadonlyMap<string, number>;
  readonly slice: EndpointSlice;
  readonly objects: NamespaceObjects;
  readonly context: ClusterContext;
}

/** The endpoints that an entry came to, and everything that they came from. */
interface Made {
  readonly from: readonly unknown[];
  readonly endpoints: readonly Endpoint[];
}

/** By the entry, and by its address: one in all but mistaken slices. */
const made = new WeakMap<SliceEndpoint, Map<string, Made>>();

/** One Pod of a service of thousands changes: the others' endpoints are the identical values, and are not even compared. */
function recallEndpoints(entry: SliceEndpoint, address: string, place: Place): readonly Endpoint[] {
  const { service, slice, objects, context } = place;
  const pod = findPod(entry, address, objects);
  const from = [service, slice, pod, context, context.labelsOfNode?.(pod?.nodeName ?? '')];
  const known = made.get(entry) ?? new Map<string, Made>();
  const before = known.get(address);
  if (before?.from.every((part, i) => part === from[i]) === true) return before.endpoints;
  const endpoints = makeEndpoints(entry, address, { ...place, pod });
  made.set(entry, known.set(address, { from, endpoints }));
  return endpoints;
}

function makeEndpoints(
  entry: SliceEndpoint,
  address: string,
  { service, numbers, slice, context, pod }: Place & { readonly pod: Pod | undefined },
): readonly Endpoint[] {
  const subject = toSubject(entry, address, { pod, context });
  if (subject === undefined) return [];
  const isDual = context.dualStack === true && service.clusterIPs.length > 1;
  // With all of its addresses, a Pod is one endpoint and not one for each family.
  const others = isDual ? (pod?.ips.filter((ip) => ip !== address) ?? []) : [];
  if (others.length > 0 && slice.addressType === 'IPv6') return [];
  const drains = PERSISTENT_SESSION.some((label) => service.meta.labels[label]);
  const health = toHealth(entry, drains);
  const origin = keyOf(slice.meta);
  return slice.ports.map(({ name, port = 0 }) => {
    const placement = { address, port, servicePortName: name, servicePortNumber: numbers.get(name) ?? 0, health };
    return toEndpoint({ ...subject, origin }, placement, others);
  });
}

/**
 * What a slice says of an endpoint's health. One that is not ready and does not say whether it is ending counts as ending.
 *
 * @param drains Whether the service wants endpoints that still serve, but take no new clients.
 */
export function toHealth({ ready, serving, terminating }: SliceEndpoint, drains: boolean): EndpointHealth {
  if (ready !== false) return 'healthy';
  if (drains && serving !== false && terminating !== false) return 'draining';
  return terminating === false ? 'unhealthy' : 'terminating';
}

/** `undefined`: the slice is ahead of the Pod it names, and counts once that is known. */
function toSubject(
  { target, nodeName = '' }: SliceEndpoint,
  address: string,
  { pod, context }: Pick<Place, 'context'> & { readonly pod: Pod | undefined },
): Subject | undefined {
  if (pod !== undefined) return subjectOfPod(pod, context);
  return target?.kind === 'Pod' && context.awaitsPods
    ? undefined
    : unknownSubject({ address, node: nodeName }, context);
}

function findPod({ target }: SliceEndpoint, address: string, objects: NamespaceObjects): Pod | undefined {
  return target?.kind === 'Pod' ? findNamed(target, objects) : objects.podAt(address);
}

function findNamed(
  target: { readonly namespace: string; readonly name: string },
  objects: NamespaceObjects,
): Pod | undefined {
  return target.namespace === objects.name ? objects.pods.get(target.name) : undefined;
}
