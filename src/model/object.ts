/**
 * `Kind/namespace/name`: how one input object is named across the program. Cluster-scoped kinds leave the namespace empty; objects of other
 * clusters end in `@cluster`, which no name contains.
 */
export type ObjectKey = string & { readonly __brand: 'ObjectKey' };

/** Where an object was read: a place in a file (1-based line and column) or an API server. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number; readonly column: number }
  | { readonly kind: 'cluster'; readonly cluster: string };

/** What every input object has, whatever its kind. */
export interface Meta {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; 0 when the object carries no creation time, which sorts it first. */
  readonly createdMs: number;
  /** `resourceVersion` of the API server, or a hash of the text; two equal objects may differ in it. */
  readonly revision: string;
  readonly origin: Origin;
  /** The other cluster that the object lives in; absent for the cluster whose configuration the mesh follows. */
  readonly cluster?: string;
}

/** Labels, or a selector of labels: every pair has to be there. */
export type Labels = Readonly<Record<string, string>>;

/** Builds the key of an object; the one place that knows its form. */
export function objectKey(kind: string, namespace: string, name: string, cluster?: string): ObjectKey {
  return `${kind}/${namespace}/${name}${cluster === undefined ? '' : `@${cluster}`}` as ObjectKey;
}

/** The key of the object that `meta` belongs to. */
export function keyOf(meta: Meta): ObjectKey {
  return objectKey(meta.kind, meta.namespace, meta.name, meta.cluster);
}

/** Renders an origin as people read it: `file:line:column`, or the cluster's name. */
export function toPlace(origin: Origin): string {
  return origin.kind === 'file' ? `${origin.file}:${origin.line}:${origin.column}` : `cluster ${origin.cluster}`;
}

/** Whether `labels` carries every pair of `selector`; an empty selector matches everything. */
export function isSelectedBy(labels: Labels, selector: Labels): boolean {
  for (const key in selector) if (labels[key] !== selector[key]) return false;
  return true;
}

/**
 * Istio's order of configuration: creation time, then name, then namespace. Every list that Envoy sees is derived from it.
 * @see istio pilot/pkg/model/config.go `SortByCreationComparator`
 */
export function compareAge(a: Meta, b: Meta): number {
  return a.createdMs - b.createdMs || compareText(a.name, b.name) || compareText(a.namespace, b.namespace);
}

/** Byte-wise order of text, the same on every machine; `localeCompare` is not. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
