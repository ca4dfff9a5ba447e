import { hashOfAll } from '../kit/hash.ts';
import { NameSet } from './name-set.ts';
import type { Resource } from './resource.ts';
import { type EncodedBody, resourceLength, writeResource } from './response-encoding.ts';
import type { TypeUrl } from './type-url.ts';
import type { XdsProtocol } from './view-source.ts';

/**
 * Some resources of one type that go out together, and their encoded form.
 *
 * Streams that are served the same batch share one concatenation of its bytes. Immutable.
 */
export class ResourceBatch implements EncodedBody {
  readonly typeUrl: TypeUrl;
  readonly resources: readonly Resource[];
  readonly #encoded: Record<XdsProtocol, Encoded> = { sotw: { use: 'never' }, delta: { use: 'never' } };
  #selections: WeakMap<NameSet, ResourceBatch> | undefined;
  #names: NameSet | undefined;
  #version: string | undefined;

  constructor(typeUrl: TypeUrl, resources: readonly Resource[]) {
    this.typeUrl = typeUrl;
    this.resources = resources;
  }

  get size(): number {
    return this.resources.length;
  }

  /** The names of its resources. */
  get names(): NameSet {
    this.#names ??= NameSet.of(this.resources.map((resource) => resource.name));
    return this.#names;
  }

  /** A hash over all names and versions; the order of the resources does not matter. */
  get version(): string {
    this.#version ??= hashOfAll(this.resources.map(({ name, version }) => `${name}\0${version}`).sort());
    return this.#version;
  }

  /** The part of the batch that `names` asks for; the batch itself when that is all of it. */
  select(names: NameSet): ResourceBatch {
    if (this.size === 0) return this;
    const known = this.#selections?.get(names);
    if (known !== undefined) return known;
    const found = this.resources.filter((resource) => names.has(resource.name));
    const selection = found.length === this.size ? this : new ResourceBatch(this.typeUrl, found);
    this.#selections ??= new WeakMap();
    this.#selections.set(names, selection);
    return selection;
  }

  bodyLength(protocol: XdsProtocol): number {
    const encoded = this.#encoded[protocol];
    if (encoded.use !== 'never') return encoded.length;
    let length = 0;
    for (const resource of this.resources) length += resourceLength(protocol, this.typeUrl, resource);
    this.#encoded[protocol] = { use: 'sized', length };
    return length;
  }

  writeBody(protocol: XdsProtocol, target: Buffer, offset: number): number {
    const length = this.bodyLength(protocol);
    const encoded = this.#encoded[protocol];
    if (encoded.use === 'kept') return offset + encoded.bytes.copy(target, offset);
    if (encoded.use === 'once') {
      const bytes = Buffer.allocUnsafeSlow(length);
      this.#splice(protocol, bytes, 0);
      this.#encoded[protocol] = { use: 'kept', length, bytes };
      return offset + bytes.copy(target, offset);
    }
    this.#encoded[protocol] = { use: 'once', length };
    return this.#splice(protocol, target, offset);
  }

  #splice(protocol: XdsProtocol, target: Buffer, offset: number): number {
    let at = offset;
    for (const resource of this.resources) {
      at = writeResource(target, at, protocol, { typeUrl: this.typeUrl, resource });
    }
    return at;
  }
}

/**
 * How far the concatenation has got. It is kept from the second use on: what one proxy alone is served goes out once,
 * and keeping it would double that proxy's share of memory.
 */
type Encoded =
  | { readonly use: 'never' }
  | { readonly use: 'sized' | 'once'; readonly length: number }
  | { readonly use: 'kept'; readonly length: number; readonly bytes: Buffer };
