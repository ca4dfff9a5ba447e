/** How large the mesh is. */
export interface MeshShape {
  readonly services: number;
  /** Pods of each service. */
  readonly endpoints: number;
  readonly namespaces: number;
}

/** Services that have a VirtualService and a DestinationRule: every fifth, beginning with the first. */
export const RULE_STEP = 5;

export function namespaceOf(service: number, { namespaces }: MeshShape): string {
  return `load-${service % namespaces}`;
}

export function serviceName(service: number): string {
  return `svc-${service}`;
}

export function hostOf(service: number, shape: MeshShape): string {
  return `${serviceName(service)}.${namespaceOf(service, shape)}.svc.cluster.local`;
}

/** Pods are counted over all services. */
export function podName(pod: number, { endpoints }: MeshShape): string {
  return `${serviceName(Math.floor(pod / endpoints))}-pod-${pod % endpoints}`;
}

export function podAddress(pod: number): string {
  return `10.${20 + Math.floor(pod / 62_500)}.${Math.floor(pod / 250) % 250}.${1 + (pod % 250)}`;
}

export function clusterAddress(service: number): string {
  return `10.${96 + Math.floor(service / 62_500)}.${Math.floor(service / 250) % 250}.${1 + (service % 250)}`;
}

/** The labels by which rules and selectors know a pod. */
export function podLabels(pod: number, { endpoints }: MeshShape): Readonly<Record<string, string>> {
  const app = serviceName(Math.floor(pod / endpoints));
  return {
    app,
    version: `v${1 + (pod % 2)}`,
    'security.istio.io/tlsMode': 'istio',
    'service.istio.io/canonical-name': app,
  };
}
