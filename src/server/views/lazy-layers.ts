import type { ViewLayers } from '../../xds/resource.ts';
import type { ResourceSet } from '../../xds/resource-set.ts';
import type { TypeUrl } from '../../xds/type-url.ts';
import type { Layer, LazyLayer } from './layer.ts';

/** The layers of a view, some of which come into being when their type is first asked for. */
export class LazyLayers implements ViewLayers {
  readonly #ready: Map<TypeUrl, readonly ResourceSet[]>;
  readonly #waiting: ReadonlyMap<TypeUrl, LazyLayer>;
  readonly #keep: (layer: Layer) => ResourceSet;

  /** @param keep Makes the set of a layer. */
  constructor(
    ready: ReadonlyMap<TypeUrl, readonly ResourceSet[]>,
    waiting: readonly LazyLayer[],
    keep: (layer: Layer) => ResourceSet,
  ) {
    this.#ready = new Map(ready);
    this.#waiting = new Map(waiting.map((layer) => [layer.typeUrl, layer]));
    this.#keep = keep;
  }

  has(typeUrl: TypeUrl): boolean {
    return this.#ready.has(typeUrl) || this.#waiting.has(typeUrl);
  }

  get(typeUrl: TypeUrl): readonly ResourceSet[] | undefined {
    const ready = this.#ready.get(typeUrl);
    const waiting = this.#waiting.get(typeUrl);
    if (ready !== undefined || waiting === undefined) return ready;
    const sets = [this.#keep(waiting.toLayer())];
    this.#ready.set(typeUrl, sets);
    return sets;
  }
}
