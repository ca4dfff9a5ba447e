import type { Node } from '../../model/kubernetes.ts';
import type { ClusterContext, RegistryContext } from './context.ts';
import { localityOfTopology } from './locality.ts';
import { NamespaceObjects } from './namespace-objects.ts';

/** The objects of one cluster that make services and endpoints, by namespace. */
export class ClusterObjects {
  /** As in metadata: absent for the cluster of the configuration. */
  readonly remote: string | undefined;
  readonly nodes = new Map<string, Node>();
  readonly namespaces = new Map<string, NamespaceObjects>();
  #context: ClusterContext;

  constructor(remote: string | undefined, context: RegistryContext) {
    this.remote = remote;
    this.#context = this.#contextIn(context);
  }

  /** The settings as they are here; the identical value until `update` says that they changed. */
  get context(): ClusterContext {
    return this.#context;
  }

  get isEmpty(): boolean {
    return this.nodes.size === 0 && this.namespaces.size === 0;
  }

  /** Takes other settings, or the same with another label of the cluster's network. @returns whether everything here may be different now. */
  update(context: RegistryContext, isNew: boolean): boolean {
    const next = this.#contextIn(context);
    if (!isNew && next.network === this.#context.network) return false;
    this.#context = next;
    return true;
  }

  /** @returns whether the Pods of the node are elsewhere now. */
  putNode(name: string, node: Node | undefined): boolean {
    const before = this.nodes.get(name);
    if (node === undefined) this.nodes.delete(name);
    else this.nodes.set(name, node);
    return localityOfTopology(before?.meta.labels ?? {}) !== localityOfTopology(node?.meta.labels ?? {});
  }

  namespaceOf(name: string): NamespaceObjects {
    const namespace = this.namespaces.get(name) ?? new NamespaceObjects(name);
    this.namespaces.set(name, namespace);
    return namespace;
  }

  #contextIn(context: RegistryContext): ClusterContext {
    const { systemNamespace = '', network } = context;
    const label = this.namespaces.get(systemNamespace)?.labels['topology.istio.io/network'];
    return {
      ...context,
      // What an API server tells of is complete in the end; only a directory is written by hand.
      ...(this.remote !== undefined && { cluster: this.remote, awaitsPods: true }),
      network: label || (this.remote === undefined ? network : ''),
      labelsOfNode: (name) => this.nodes.get(name)?.meta.labels,
    };
  }
}
