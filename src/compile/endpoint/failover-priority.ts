import type { Endpoint } from '../../model/endpoint.ts';
import type { Labels } from '../../model/object.ts';
import {
  CLUSTER_LABEL,
  HOSTNAME_LABEL,
  NETWORK_LABEL,
  REGION_LABEL,
  SUBZONE_LABEL,
  ZONE_LABEL,
} from './locality-setting.ts';

/** An entry of `failoverPriority`: a label whose values must agree, or must be `value`. */
export interface FailoverLabel {
  readonly key: string;
  readonly value?: string;
}

/** Reads `label` or `label=value`. */
export function parseFailoverLabel(text: string): FailoverLabel {
  const [key = '', value, ...rest] = text.split('=');
  return value === undefined || rest.length > 0 ? { key } : { key, value };
}

/**
 * How far an endpoint is from a client by labels, 0 being nearest: the earlier the first label in which they differ, the farther.
 * Another network outweighs everything after it, when it comes first; the other labels still count among endpoints there.
 * @see istio pilot/pkg/networking/core/loadbalancer/loadbalancer.go `applyFailoverPriorityPerLocality`
 */
export function findLabelPriority(labels: readonly FailoverLabel[], client: Labels, endpoint: Endpoint): number {
  const lowest = labels.length;
  let base = 0;
  for (const [at, { key, value }] of labels.entries()) {
    if ((value ?? client[key] ?? '') === findEndpointLabel(endpoint, key)) continue;
    if (at > 0 || key !== NETWORK_LABEL) return base + lowest - at;
    base = lowest;
  }
  return base;
}

/** An endpoint's label, or what is known of the endpoint in other ways. */
function findEndpointLabel(endpoint: Endpoint, key: string): string {
  return endpoint.labels[key] ?? findTopology(endpoint, key);
}

function findTopology({ locality, network, cluster, node }: Endpoint, key: string): string {
  const [region = '', zone = '', subzone = ''] = locality.split('/');
  switch (key) {
    case REGION_LABEL:
      return region;
    case ZONE_LABEL:
      return zone;
    case SUBZONE_LABEL:
      return subzone;
    case NETWORK_LABEL:
      return network;
    case CLUSTER_LABEL:
      return cluster;
    case HOSTNAME_LABEL:
      return node;
    default:
      return '';
  }
}
