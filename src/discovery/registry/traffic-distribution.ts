import type { Service } from '../../model/service.ts';

type TrafficDistribution = Service['trafficDistribution'];

/** Annotation of Services, ServiceEntries and Namespaces. */
const ANNOTATION = 'networking.istio.io/traffic-distribution';

type Annotations = Readonly<Record<string, string>>;

/**
 * Which endpoints a service's clients prefer: what the Service says, else its annotation, else that of its namespace.
 *
 * A value that is not known counts as unset in the specification (a later Kubernetes may define it) and as "none" in an annotation.
 * @see istio pilot/pkg/serviceregistry/kube/conversion.go `GetTrafficDistribution`
 */
export function selectTrafficDistribution(
  written: string | undefined,
  annotations: Annotations,
  namespaceAnnotations: Annotations,
): TrafficDistribution {
  if (written === 'PreferClose' || written === 'PreferSameZone') return 'same-zone';
  if (written === 'PreferSameNode') return 'same-node';
  const annotation = annotations[ANNOTATION] ?? namespaceAnnotations[ANNOTATION];
  switch (annotation?.toLowerCase()) {
    case 'preferclose':
    case 'prefersamezone':
      return 'same-zone';
    case 'prefersamenode':
      return 'same-node';
    default:
      return 'any';
  }
}
