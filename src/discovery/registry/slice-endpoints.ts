import type { Endpoint, EndpointHealth } from '../../model/endpoint.ts';
import type { EndpointSlice, KubeService, Pod, SliceEndpoint } from '../../model/kubernetes.ts';
import type { RegistryContext } from './context.ts';
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
  context: RegistryContext,
): readonly Endpoint[] {
  const drains = PERSISTENT_SESSION.some((label) => service.meta.labels[label]);
  const numbers = new Map(service.ports.map((port) => [port.name, port.port]));
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints) {
      const health = toHealth(endpoint, drains);
      for (const address of endpoint.addresses) {
        const subject = findSubject(endpoint, address, objects, context);
        if (subject === undefined) continue;
        for (const { name, port = 0 } of slice.ports) {
          const key = `${address} ${name}`;
          if (found.has(key)) continue;
          const servicePortNumber = numbers.get(name) ?? 0;
          found.set(key, toEndpoint(subject, { address, port, servicePortName: name, servicePortNumber, health }));
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
  context: RegistryContext,
): Subject | undefined {
  const { target, nodeName = '' } = endpoint;
  const isNamed = target?.kind === 'Pod';
  const pod = isNamed ? findNamed(target, objects) : objects.podAt(address);
  if (pod) return subjectOfPod(pod, context);
  return isNamed && context.awaitsPods ? undefined : unknownSubject(objects.name, nodeName, context);
}

function findNamed(
  target: { readonly namespace: string; readonly name: string },
  objects: NamespaceObjects,
): Pod | undefined {
  return target.namespace === objects.name ? objects.pods.get(target.name) : undefined;
}
