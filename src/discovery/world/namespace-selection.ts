import type { ParsedObject } from '../../config/parsed-object.ts';
import { isMatchedBy, type LabelSelector } from '../../model/label-selector.ts';
import type { Labels, ObjectKey } from '../../model/object.ts';
import type { ObjectChange } from '../registry/object-change.ts';

/** Lists every object that has a version in force. */
export type ListObjects = () => Iterable<readonly [ObjectKey, ParsedObject]>;

/**
 * Leaves out the namespaces that the mesh's `discoverySelectors` do not select: objects there are read and checked, but the mesh does not see
 * them. Without selectors it sees all. A namespace without a Namespace object has no labels.
 * @see istio pkg/kube/namespace/filter.go
 */
export class NamespaceSelection {
  /** By cluster and name. */
  readonly #labels = new Map<string, Labels>();
  #selectors: readonly LabelSelector[] = [];

  /** Whether the mesh sees the objects of a namespace. Objects of no namespace are always seen. */
  isSelected(namespace: string, cluster?: string): boolean {
    if (this.#selectors.length === 0 || namespace === '') return true;
    const labels = this.#labels.get(placeOf(namespace, cluster));
    return labels !== undefined && this.#selectors.some((selector) => isMatchedBy(labels, selector));
  }

  /**
   * What the mesh sees of changed objects, together with what comes into its sight and goes out of it.
   *
   * @param list Lists the objects as they are after the changes.
   */
  apply(
    changes: readonly ObjectChange[],
    selectors: readonly LabelSelector[],
    list: ListObjects,
  ): readonly ObjectChange[] {
    const relabeled = changes.filter(({ before, after }) => (after ?? before)?.kind === 'Namespace');
    if (this.#selectors.length === 0 && selectors.length === 0) {
      for (const change of relabeled) this.#relabel(change);
      return changes;
    }
    const mayMove = relabeled.length > 0 || selectors !== this.#selectors;
    const objects = mayMove ? [...list()] : [];
    const metas = [
      ...objects.map(([, object]) => object),
      ...changes.flatMap(({ before, after }) => after ?? before ?? []),
    ];
    const wasSelected = new Map(metas.map((object) => [placeOfObject(object), this.#isSeen(object)]));
    for (const change of relabeled) this.#relabel(change);
    this.#selectors = selectors;
    const seen = new Map(changes.map((change) => [change.key, this.#cut(change, wasSelected)]));
    for (const [key, object] of objects) {
      const isSelected = this.#isSeen(object);
      if (seen.has(key) || isSelected === wasSelected.get(placeOfObject(object))) continue;
      seen.set(key, isSelected ? { key, after: object } : { key, before: object });
    }
    return [...seen.values()].filter((change) => change.before !== change.after);
  }

  #relabel({ before, after }: ObjectChange): void {
    const { name = '', cluster } = (after ?? before)?.meta ?? {};
    const place = placeOf(name, cluster);
    if (after) this.#labels.set(place, after.meta.labels);
    else this.#labels.delete(place);
  }

  #isSeen({ meta }: ParsedObject): boolean {
    return this.isSelected(meta.namespace, meta.cluster);
  }

  #cut(change: ObjectChange, wasSelected: ReadonlyMap<string, boolean>): ObjectChange {
    const { key, before, after } = change;
    return {
      key,
      ...(before && wasSelected.get(placeOfObject(before)) && { before }),
      ...(after && this.#isSeen(after) && { after }),
    };
  }
}

function placeOfObject({ meta }: ParsedObject): string {
  return placeOf(meta.namespace, meta.cluster);
}

/** Clusters label their own namespaces. */
function placeOf(namespace: string, cluster: string | undefined): string {
  return cluster === undefined ? namespace : `${namespace}@${cluster}`;
}
