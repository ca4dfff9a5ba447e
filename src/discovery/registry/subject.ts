import type { Endpoint, EndpointHealth } from '../../model/endpoint.ts';
import type { Pod } from '../../model/kubernetes.ts';
import { keyOf, type Labels } from '../../model/object.ts';
import type { WorkloadEntry, WorkloadSpec } from '../../model/workload-entry.ts';
import { findMeshNetwork } from '../../model/mesh-network.ts';
import type { ClusterContext } from './context.ts';
import { spiffeId } from './identity.ts';
import { localityOfLabels, localityOfTopology, withTopology } from './locality.ts';
import { findCanonicalService, nameWorkload } from './workload-name.ts';

/** What an endpoint says of the workload behind it: everything but address, port and health. */
export type Subject = Omit<
  Endpoint,
  'address' | 'additionalAddresses' | 'port' | 'servicePortName' | 'servicePortNumber' | 'health'
>;

/** Where a subject takes part in a service. */
export interface Placement {
  readonly address: string;
  readonly port: number;
  readonly servicePortName: string;
  readonly servicePortNumber: number;
  readonly health: EndpointHealth;
}

const TLS_MODE = 'security.istio.io/tlsMode';
const NETWORK = 'topology.istio.io/network';
const NO_ADDRESSES: readonly string[] = [];

/** A workload at one address and port, as a service's endpoint. */
export function toEndpoint(
  subject: Subject,
  placement: Placement,
  additionalAddresses: readonly string[] = NO_ADDRESSES,
): Endpoint {
  return { ...placement, additionalAddresses, ...subject };
}

/** What endpoints say of a Pod. */
export function subjectOfPod(pod: Pod, context: ClusterContext): Subject {
  const { meta } = pod;
  const locality = localityOfPod(pod, context);
  const network = networkOfPod(pod, context);
  const workloadName = nameWorkload(pod);
  return {
    labels: withTopology(meta.labels, { locality, cluster: context.cluster, node: pod.nodeName, network }),
    weight: 1,
    locality,
    network,
    cluster: context.cluster,
    node: pod.nodeName,
    namespace: meta.namespace,
    identity: spiffeId(context.trustDomain, meta.namespace, pod.serviceAccount),
    tlsMode: meta.labels[TLS_MODE] === 'istio' ? 'istio' : 'disabled',
    ...(pod.dnsName !== undefined && { podName: pod.dnsName }),
    ...names(meta.labels, workloadName),
    origin: keyOf(meta),
  };
}

/** The locality of a Pod: its own label, else the topology of its Node, or what Kubernetes copied of that to the Pod. */
export function localityOfPod({ meta, nodeName }: Pod, context: ClusterContext): string {
  return (
    localityOfLabels(meta.labels) ||
    localityOfTopology(context.labelsOfNode?.(nodeName) ?? {}) ||
    localityOfTopology(meta.labels)
  );
}

/** The network of a Pod: that of its label, of its cluster, or of its first address. */
export function networkOfPod({ meta, ips: [address = ''] }: Pod, context: ClusterContext): string {
  return networkOf(address, meta.labels, context);
}

/**
 * Which network a workload is in: what its label says, else the system namespace of its cluster, else MeshNetworks.
 * @see istio pilot/pkg/serviceregistry/kube/controller/network.go `Network`
 */
function networkOf(address: string, labels: Labels, { network, networks = [], cluster }: ClusterContext): string {
  return labels[NETWORK] || network || findMeshNetwork(networks, cluster, address);
}

/** What endpoints say of a WorkloadEntry. */
export function subjectOfEntry(entry: WorkloadEntry, context: ClusterContext): Subject {
  return { ...subjectOfSpec(entry, entry.meta.namespace, entry.meta.name, context), origin: keyOf(entry.meta) };
}

/**
 * What endpoints say of a workload outside of Kubernetes.
 *
 * `network` is only what the workload itself says: an endpoint that names none is taken for local. Its labels have the mesh's network all the
 * same, for those who ask for it by label.
 */
export function subjectOfSpec(
  spec: WorkloadSpec,
  namespace: string,
  workloadName: string,
  context: ClusterContext,
): Subject {
  const locality = localityOfSpec(spec);
  const network = spec.network || networkOf(spec.address, spec.labels, context);
  return {
    labels: withTopology(spec.labels, { locality, cluster: context.cluster, node: '', network }),
    weight: Math.max(1, spec.weight),
    locality,
    network: spec.network,
    cluster: context.cluster,
    node: '',
    namespace,
    identity: spec.serviceAccount === '' ? '' : spiffeId(context.trustDomain, namespace, spec.serviceAccount),
    tlsMode: tlsModeOf(spec),
    ...names(spec.labels, workloadName),
  };
}

/** The locality of a workload outside of Kubernetes: its field, else its label. */
export function localityOfSpec({ locality, labels }: WorkloadSpec): string {
  return locality || localityOfLabels(labels);
}

/** What is known of an address that belongs to no known workload. */
export function unknownSubject(
  { address, node }: { readonly address: string; readonly node: string },
  context: ClusterContext,
): Subject {
  const network = networkOf(address, {}, context);
  return {
    labels: withTopology({}, { locality: '', cluster: context.cluster, node, network }),
    weight: 1,
    locality: '',
    network,
    cluster: context.cluster,
    node,
    namespace: '',
    identity: '',
    tlsMode: 'disabled',
    workloadName: '',
    canonicalName: '',
    canonicalRevision: '',
  };
}

function tlsModeOf({ labels, serviceAccount }: WorkloadSpec): Subject['tlsMode'] {
  const label = labels[TLS_MODE];
  if (label !== undefined) return label === 'istio' ? 'istio' : 'disabled';
  return serviceAccount === '' ? 'disabled' : 'istio';
}

function names(
  labels: Labels,
  workloadName: string,
): Pick<Subject, 'workloadName' | 'canonicalName' | 'canonicalRevision'> {
  const { name, revision } = findCanonicalService(labels, workloadName);
  return { workloadName, canonicalName: name, canonicalRevision: revision };
}
