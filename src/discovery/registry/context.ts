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
}
