import type { Labels } from '../../model/object.ts';

const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
const SUBZONE = 'topology.istio.io/subzone';

/** The locality in `topology.istio.io/locality` or its predecessor, as `region/zone/subzone`; empty when no label names one. */
export function localityOfLabels(labels: Labels): string {
  const label = labels['topology.istio.io/locality'] ?? labels['istio-locality'] ?? '';
  // Label values cannot hold slashes, so dots stand for them; a value that has slashes came another way, and its dots are dots.
  return label.includes('/') ? label : label.replaceAll('.', '/');
}

/** The locality in the topology labels that Kubernetes gives Nodes (and, in their image, Pods); empty when there are none. */
export function localityOfTopology(labels: Labels): string {
  const region = labels[REGION] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  const zone = labels[ZONE] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  const subzone = labels[SUBZONE] ?? '';
  return `${region}/${zone}/${subzone}`.replace(/\/+$/, '');
}

/** Where a workload is, beside the labels it has of its own. */
export interface Topology {
  readonly locality: string;
  readonly cluster: string;
  readonly node: string;
  readonly network: string;
}

/**
 * A workload's labels with those of its place, by which subsets and failover priorities may ask for it.
 * @see istio pilot/pkg/serviceregistry/util/label/label.go `AugmentLabels`
 */
export function withTopology(labels: Labels, { locality, cluster, node, network }: Topology): Labels {
  const [region, zone, subzone] = locality.split('/');
  return {
    ...labels,
    ...(region && { [REGION]: region }),
    ...(zone && { [ZONE]: zone }),
    ...(subzone && { [SUBZONE]: subzone }),
    ...(cluster && { 'topology.istio.io/cluster': cluster }),
    ...(node && { 'kubernetes.io/hostname': node }),
    // What the workload says of its own network is right.
    ...(network && !labels['topology.istio.io/network'] && { 'topology.istio.io/network': network }),
  };
}
