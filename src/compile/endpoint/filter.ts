import { isIP } from 'node:net';
import type { Endpoint } from '../../model/endpoint.ts';
import type { MeshFeatures } from '../../model/mesh-features.ts';
import { isSelectedBy, type Labels } from '../../model/object.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { ResolvedPolicy } from '../../model/traffic-policy-resolution.ts';
import { UNIX_SCHEME } from '../address.ts';
import { findHealth } from './lb-endpoint.ts';
import { hasDrainingEndpoints } from './persistent-session.ts';
import type { Perspective } from './perspective.ts';

/** By what the endpoints of one cluster are chosen among those of its service. */
export interface EndpointChoice {
  readonly service: Service;
  readonly port: ServicePort;
  /** Labels of the subset; undefined for the whole service. */
  readonly labels: Labels | undefined;
  readonly policy: ResolvedPolicy;
  readonly perspective: Perspective;
  /** Clusters of DNS take host names, and know a service's ports by number. */
  readonly addresses: 'eds' | 'dns' | 'one-name';
  readonly sendUnhealthy: MeshFeatures['sendUnhealthy'];
}

/**
 * The endpoints that a cluster has for a client, in the order of the service's.
 * @see istio pilot/pkg/xds/endpoints/endpoint_builder.go `filterIstioEndpoint`
 */
export function listChosenEndpoints(endpoints: readonly Endpoint[], choice: EndpointChoice): readonly Endpoint[] {
  const sendsUnhealthy = isUnhealthySent(choice);
  return endpoints.filter(
    (endpoint) =>
      isOfPort(endpoint, choice) &&
      (choice.labels === undefined || isSelectedBy(endpoint.labels, choice.labels)) &&
      isInView(endpoint, choice) &&
      isUsable(endpoint, choice.service, sendsUnhealthy),
  );
}

function isOfPort(endpoint: Endpoint, { port, addresses }: EndpointChoice): boolean {
  // Envoy resolves names by itself only where the cluster is one of DNS; it cannot resolve the path of a socket.
  if (addresses !== 'eds') return endpoint.servicePortNumber === port.number && endpoint.port !== 0;
  return (
    endpoint.servicePortName === port.name && (endpoint.address.startsWith(UNIX_SCHEME) || isIP(endpoint.address) !== 0)
  );
}

/** What the client may see, for reasons of its own place; absent parts of the perspective do not matter. */
function isInView(endpoint: Endpoint, { perspective }: EndpointChoice): boolean {
  const { nodeName, cluster, networks } = perspective;
  if (nodeName !== undefined && endpoint.node !== nodeName) return false;
  if (cluster !== undefined && endpoint.cluster !== cluster) return false;
  return networks === undefined || endpoint.network === '' || networks.includes(endpoint.network);
}

function isUsable(endpoint: Endpoint, service: Service, sendsUnhealthy: boolean): boolean {
  switch (findHealth(endpoint)) {
    case 'terminating':
      return false;
    case 'unhealthy':
      return sendsUnhealthy;
    case 'draining':
      return hasDrainingEndpoints(service);
    default:
      return true;
  }
}

/** A panic threshold counts on clients not knowing of unhealthy endpoints; preferring what is near counts on their knowing. */
function isUnhealthySent({ policy, service, sendUnhealthy }: EndpointChoice): boolean {
  if (sendUnhealthy !== 'auto') return sendUnhealthy === 'always' || service.trafficDistribution !== 'any';
  return service.trafficDistribution !== 'any' || (policy.outlierDetection?.minHealthPercent ?? 0) === 0;
}
