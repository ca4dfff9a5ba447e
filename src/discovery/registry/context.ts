import type { MeshNetwork } from '../../model/mesh-network.ts';
import type { Labels } from '../../model/object.ts';
import type { EntryVisibility } from '../../model/entry-visibility.ts';

/**
 * What of the mesh's settings, and of where this control plane runs, shapes services and endpoints. Compared by content: settings that are
 * not in here may change without anything of the registry being computed again.
 */
export interface RegistryContext {
  readonly domainSuffix: string;
  readonly trustDomain: string;
  readonly defaultServiceExportTo: readonly string[];
  /** The cluster that the endpoints are in, for locality, labels and metadata: `Kubernetes`. */
  readonly cluster: string;
  /** The network of workloads that name none themselves; empty when the mesh has one network. */
  readonly network: string;
  /**
   * Whether every Pod is told sooner or later, so that an EndpointSlice that refers to an unknown one is ahead of its time and must wait.
   * In a directory nobody writes Pods for the sake of slices: there the endpoint is used without.
   */
  readonly awaitsPods: boolean;
  /** Where each cluster's label of its network is; absent: on no namespace. */
  readonly systemNamespace?: string;
  /** MeshNetworks. */
  readonly networks?: readonly MeshNetwork[];
  /** Whether a Pod of several addresses is one endpoint with all of them (`ISTIO_DUAL_STACK`). */
  readonly dualStack?: boolean;
  /** Bounds who sees ServiceEntries; absent: nothing does. */
  readonly entryVisibility?: EntryVisibility;
}

/** The settings as they are for one cluster. */
export interface ClusterContext extends RegistryContext {
  /** The labels of a Node; `undefined` when it is not known. */
  labelsOfNode?(name: string): Labels | undefined;
}
