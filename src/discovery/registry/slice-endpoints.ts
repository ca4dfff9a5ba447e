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
  const isDual = context.dualStack === true && service.clusterIPs.length > 1;
  const drains = PERSISTENT_SESSION.some((label) => service.meta.labels[label]);
  const numbers = new Map(service.ports.map((port) => [port.name, port.port]));
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints) {
      const health = toHealth(endpoint, drains);
      for (const address of endpoint.addresses) {
        const subject = findSubject(endpoint, address, objects, context);
        if (subject === undefined) continue;
        // With all of its addresses, a Pod is one endpoint and not one for each family.
        const others = isDual ? listOtherAddresses(endpoint, address, objects) : [];
        if (others.length > 0 && slice.addressType === 'IPv6') continue;
        for (const { name, port = 0 } of slice.ports) {
          const key = `${address} ${name}`;
          if (found.has(key)) continue;
          const servicePortNumber = numbers.get(name) ?? 0;
          const place = { address, port, servicePortName: name, servicePortNumber, health };
          found.set(key, toEndpoint({ ...subject, origin: keyOf(slice.meta) }, place, others));
        }
      }
    }
  }
  return [...found.values()];
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
function findSubject(
  endpoint: SliceEndpoint,
  address: string,
  objects: NamespaceObjects,
  context: ClusterContext,
): Subject | undefined {
  const pod = findPod(endpoint, address, objects);
  if (pod) return subjectOfPod(pod, context);
  const { target, nodeName = '' } = endpoint;
  return target?.kind === 'Pod' && context.awaitsPods
    ? undefined
    : unknownSubject({ address, namespace: objects.name, node: nodeName }, context);
}

function findPod({ target }: SliceEndpoint, address: string, objects: NamespaceObjects): Pod | undefined {
  return target?.kind === 'Pod' ? findNamed(target, objects) : objects.podAt(address);
}

function listOtherAddresses(endpoint: SliceEndpoint, address: string, objects: NamespaceObjects): readonly string[] {
  return findPod(endpoint, address, objects)?.ips.filter((ip) => ip !== address) ?? [];
}

function findNamed(
  target: { readonly namespace: string; readonly name: string },
  objects: NamespaceObjects,
): Pod | undefined {
  return target.namespace === objects.name ? objects.pods.get(target.name) : undefined;
}
