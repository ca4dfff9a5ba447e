import { isSelectedBy, type Labels, type ObjectKey, objectKey } from '../../model/object.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import type { NamespaceObjects } from './namespace-objects.ts';

/** An object that declares services. */
export interface Declarer {
  readonly kind: 'Service' | 'ServiceEntry';
  readonly cluster: ClusterObjects;
  readonly namespace: string;
  readonly name: string;
}

/** Pods and WorkloadEntries that changed in one namespace, as selectors and slices ask for them. */
class ChangedWorkloads {
  readonly cluster: ClusterObjects;
  readonly labels: Labels[] = [];
  readonly podNames = new Set<string>();
  readonly addresses = new Set<string>();

  constructor(cluster: ClusterObjects) {
    this.cluster = cluster;
  }

  isSelected(selector: Labels | undefined): boolean {
    return selector !== undefined && this.labels.some((labels) => isSelectedBy(labels, selector));
  }
}

/** What one batch of changes reaches. */
export class Touched {
  /** Objects that declare services and must be converted again. */
  readonly declarers = new Map<ObjectKey, Declarer>();
  /** Pods that must be looked at again, by name within their namespace. */
  readonly pods = new Map<NamespaceObjects, { readonly cluster: ClusterObjects; readonly names: Set<string> }>();
  /** Names of the namespaces that objects came into, or went out of. */
  readonly namespaces = new Map<ClusterObjects, Set<string>>();
  readonly #workloads = new Map<NamespaceObjects, ChangedWorkloads>();

  addNamespace(cluster: ClusterObjects, name: string): void {
    const names = this.namespaces.get(cluster) ?? new Set();
    this.namespaces.set(cluster, names.add(name));
  }

  addDeclarer(declarer: Declarer): void {
    const { kind, namespace, name, cluster } = declarer;
    this.declarers.set(objectKey(kind, namespace, name, cluster.remote), declarer);
  }

  addPod(cluster: ClusterObjects, namespace: NamespaceObjects, name: string): void {
    const known = this.pods.get(namespace) ?? { cluster, names: new Set<string>() };
    known.names.add(name);
    this.pods.set(namespace, known);
  }

  workloadsOf(cluster: ClusterObjects, namespace: NamespaceObjects): ChangedWorkloads {
    const changed = this.#workloads.get(namespace) ?? new ChangedWorkloads(cluster);
    this.#workloads.set(namespace, changed);
    return changed;
  }

  /** Every service of a namespace. */
  addServices(cluster: ClusterObjects, namespace: NamespaceObjects): void {
    for (const name of namespace.services.keys()) {
      this.addDeclarer({ kind: 'Service', cluster, namespace: namespace.name, name });
    }
  }

  /** Every ServiceEntry of a namespace. */
  addEntries(cluster: ClusterObjects, namespace: NamespaceObjects): void {
    for (const name of namespace.serviceEntries.keys()) {
      this.addDeclarer({ kind: 'ServiceEntry', cluster, namespace: namespace.name, name });
    }
  }

  /** Everything of a cluster: what it is read with changed. */
  addCluster(cluster: ClusterObjects): void {
    for (const namespace of cluster.namespaces.values()) {
      this.addServices(cluster, namespace);
      this.addEntries(cluster, namespace);
      for (const name of namespace.pods.keys()) this.addPod(cluster, namespace, name);
    }
  }

  /**
   * Adds what selects, or lists, one of the changed workloads.
   * @param home The cluster of the configuration: its ServiceEntries select workloads of every cluster.
   */
  addAffected(home: ClusterObjects): void {
    for (const [namespace, changed] of this.#workloads) {
      this.#addSelecting(namespace, changed);
      const entries = home.namespaces.get(namespace.name)?.serviceEntries ?? [];
      for (const [name, entry] of entries) {
        if (changed.isSelected(entry.workloadSelector))
          this.addDeclarer({ kind: 'ServiceEntry', cluster: home, namespace: namespace.name, name });
      }
      if (changed.podNames.size > 0) this.#addListing(namespace, changed);
    }
  }

  #addSelecting(namespace: NamespaceObjects, changed: ChangedWorkloads): void {
    const { cluster } = changed;
    for (const [name, service] of namespace.services) {
      if (changed.isSelected(service.selector)) {
        this.addDeclarer({ kind: 'Service', cluster, namespace: namespace.name, name });
      }
    }
  }

  #addListing(namespace: NamespaceObjects, { cluster, podNames, addresses }: ChangedWorkloads): void {
    for (const [name, slices] of namespace.listSlices()) {
      if (this.declarers.has(objectKey('Service', namespace.name, name, cluster.remote))) continue;
      const isListed = [...slices].some(({ endpoints }) =>
        endpoints.some(
          (endpoint) =>
            (endpoint.target && podNames.has(endpoint.target.name)) ||
            endpoint.addresses.some((address) => addresses.has(address)),
        ),
      );
      if (isListed) this.addDeclarer({ kind: 'Service', cluster, namespace: namespace.name, name });
    }
  }
}
