import type { ResourceSet } from './resource-set.ts';
import type { TypeUrl } from './type-url.ts';

/** One encoded resource, shared by every proxy that is served it. Immutable. */
export interface Resource {
  readonly name: string;
  /** A hash of the content: equal content has the same version in every process. */
  readonly version: string;
  /** The encoded resource message itself, without the `Any` around it. */
  readonly bytes: Buffer;
  /** Opaque keys of the objects that shaped it, most specific first, `VirtualService/ns/name`. */
  readonly origins: readonly string[];
}

/** The layers of each type; a type may be worked out only when it is asked for. */
export type ViewLayers = Pick<ReadonlyMap<TypeUrl, readonly ResourceSet[]>, 'get' | 'has'>;

/**
 * What one proxy may see: for each type it can be served, an ordered list of layers, such as one that is shared by a
 * whole scope and one of its own.
 *
 * No name occurs in two layers of a type. A type without an entry is not served at all; one with an empty list is
 * served, and nothing exists. Layers are compared by identity first, so an unchanged layer has to be the same object.
 */
export interface ProxyView {
  readonly layers: ViewLayers;
}
