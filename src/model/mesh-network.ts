import { findCidr } from './cidr.ts';
import type { NetworkGateway } from './network-gateway.ts';

/** A way into a network that the operator wrote down: an address, or a service of the clusters in it. */
export interface WrittenGateway {
  /** An IP or a DNS name; empty when `service` says where. */
  readonly address: string;
  /** Hostname of a service; empty when `address` says where. */
  readonly service: string;
  readonly port: number;
}

/**
 * One network of MeshNetworks: which workloads are in it, and how those outside get in.
 * @see istio mesh/v1alpha1/network.proto `Network`
 */
export interface MeshNetwork {
  readonly name: string;
  /** Ranges of the addresses in it. */
  readonly cidrs: readonly string[];
  /** Clusters all of whose workloads are in it. */
  readonly clusters: readonly string[];
  readonly gateways: readonly WrittenGateway[];
}

/**
 * The network that MeshNetworks puts a workload into: that of its cluster, else the narrowest range with its address; empty when none.
 * @param address of the workload; one that is no IP is in no range.
 * @see istio pilot/pkg/serviceregistry/kube/controller/network.go `networkFromMeshNetworks`
 */
export function findMeshNetwork(networks: readonly MeshNetwork[], cluster: string, address: string): string {
  const ofCluster = networks.find(({ clusters }) => clusters.includes(cluster));
  if (ofCluster !== undefined) return ofCluster.name;
  let found = { name: '', length: -1 };
  for (const { name, cidrs } of networks) {
    for (const text of cidrs) {
      const range = findCidr(text);
      if (range !== undefined && range.length > found.length && isWithin(address, range.key)) {
        found = { name, length: range.length };
      }
    }
  }
  return found.name;
}

/** The gateways that are written as addresses. They lead to all of their network, whatever the cluster. */
export function listAddressGateways(networks: readonly MeshNetwork[]): readonly NetworkGateway[] {
  return networks.flatMap(({ name, gateways }) =>
    gateways.flatMap(({ address, port }) => (address === '' ? [] : [{ address, port, network: name, cluster: '' }])),
  );
}

/** Every range of every network, sorted, each once. */
export function listRanges(networks: readonly MeshNetwork[]): readonly string[] {
  return [...new Set(networks.flatMap(({ cidrs }) => cidrs))].sort();
}

function isWithin(address: string, key: string): boolean {
  return findCidr(`${address}${key.slice(key.lastIndexOf('/'))}`)?.key === key;
}
