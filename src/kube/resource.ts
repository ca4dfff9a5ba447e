/** A kind of an API server, and where it is served. */
export interface Resource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The last part of paths, lower case: `endpointslices`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Which objects of a resource a path is of. */
export interface ResourcePath {
  /** Absent for all namespaces, and for resources of the cluster. */
  readonly namespace?: string;
  readonly name?: string;
  /** `status`, `token`, `scale`; needs a name. */
  readonly subresource?: string;
}

/** `networking.istio.io/v1`; of the core group, `v1`. */
export function apiVersionOf({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of a collection, an object or a subresource, without query. */
export function pathOf(resource: Resource, { namespace, name, subresource }: ResourcePath = {}): string {
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const parts = [
    ...(namespaced && namespace !== undefined ? ['namespaces', namespace] : []),
    plural,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `${root}/${parts.map(encodeURIComponent).join('/')}`;
}
