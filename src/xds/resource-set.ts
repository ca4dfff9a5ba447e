import { hashOfAll } from '../kit/hash.ts';
import { findListChange } from '../kit/list-change.ts';
import { PatchedMap } from '../kit/patched-map.ts';
import type { NameSet } from './name-set.ts';
import type { Resource } from './resource.ts';
import { ResourceBatch } from './resource-batch.ts';
import type { TypeUrl } from './type-url.ts';

/** What changed between two sets of one type. */
export interface SetDelta {
  /** Resources that are new or have another version. */
  readonly changed: ResourceBatch;
  /** Resources that are gone, as they were. */
  readonly removed: readonly Resource[];
}

/**
 * An immutable collection of resources of one type, shared by identity between proxies: the same reference means the
 * same content. What is derived from it (version, encoded bytes, differences, selections) is computed once.
 */
export class ResourceSet {
  static readonly #empty = new Map<TypeUrl, ResourceSet>();

  readonly typeUrl: TypeUrl;
  /** All resources, in the order they were given. */
  readonly all: ResourceBatch;
  readonly #byName: PatchedMap<string, Resource>;
  #deltas: WeakMap<ResourceSet, SetDelta> | undefined;
  #selections: WeakMap<NameSet, ResourceBatch> | undefined;
  #version: string | undefined;

  private constructor(typeUrl: TypeUrl, resources: readonly Resource[], byName: PatchedMap<string, Resource>) {
    this.typeUrl = typeUrl;
    this.#byName = byName;
    this.all = new ResourceBatch(typeUrl, resources);
  }

  /** The set of that type without resources. */
  static empty(typeUrl: TypeUrl): ResourceSet {
    let set = ResourceSet.#empty.get(typeUrl);
    if (set === undefined) {
      set = ResourceSet.of(typeUrl, []);
      ResourceSet.#empty.set(typeUrl, set);
    }
    return set;
  }

  /** A set of `resources`; of two with one name the later stays. */
  static of(typeUrl: TypeUrl, resources: Iterable<Resource>): ResourceSet {
    const byName = new Map<string, Resource>();
    for (const resource of resources) byName.set(resource.name, resource);
    return new ResourceSet(typeUrl, [...byName.values()], PatchedMap.of(byName));
  }

  /** A set of `resources`, as `of` makes it; it costs what differs from this one, and knows that difference. */
  next(resources: readonly Resource[]): ResourceSet {
    const { gone, come } = findListChange(this.all.resources, resources);
    const changes = new Map<string, Resource | undefined>(gone.map(({ name }) => [name, undefined]));
    let isDistinct = this.size - gone.length + come.length === resources.length;
    for (const resource of come) {
      const hasOther = changes.has(resource.name) ? changes.get(resource.name) !== undefined : this.has(resource.name);
      isDistinct &&= !hasOther;
      changes.set(resource.name, resource);
    }
    if (!isDistinct) return ResourceSet.of(this.typeUrl, resources);
    const next = new ResourceSet(this.typeUrl, resources, this.#byName.with(changes));
    const changed = come.filter(({ name, version }) => this.get(name)?.version !== version);
    next.#rememberDelta(
      this,
      changed,
      gone.filter(({ name }) => !next.has(name)),
    );
    return next;
  }

  get size(): number {
    return this.all.size;
  }

  /** A hash over all names and versions; the order of the resources does not matter. */
  get version(): string {
    this.#version ??= versionOf(this.all.resources);
    return this.#version;
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** The resource of that name, `undefined` when the set has none. */
  get(name: string): Resource | undefined {
    return this.#byName.get(name);
  }

  names(): Iterable<string> {
    return this.all.names;
  }

  /** The resources that `names` asks for. */
  select(names: NameSet): ResourceBatch {
    const known = this.#selections?.get(names);
    if (known !== undefined) return known;
    const selection = this.#select(names);
    this.#selections ??= new WeakMap();
    this.#selections.set(names, selection);
    return selection;
  }

  #select(names: NameSet): ResourceBatch {
    if (names.size >= this.size) return this.all.select(names);
    const found: Resource[] = [];
    for (const name of names) {
      const resource = this.#byName.get(name);
      if (resource !== undefined) found.push(resource);
    }
    return new ResourceBatch(this.typeUrl, found);
  }

  /** What changed from `before` to this set; computed once for each pair. */
  deltaFrom(before: ResourceSet): SetDelta {
    const known = this.#deltas?.get(before);
    if (known !== undefined) return known;
    const changed = this.all.resources.filter((resource) => before.get(resource.name)?.version !== resource.version);
    const removed = before.all.resources.filter((resource) => !this.has(resource.name));
    return this.#rememberDelta(before, changed, removed);
  }

  #rememberDelta(before: ResourceSet, changed: readonly Resource[], removed: readonly Resource[]): SetDelta {
    const batch = changed.length === this.size ? this.all : new ResourceBatch(this.typeUrl, changed);
    const delta = { changed: batch, removed };
    this.#deltas ??= new WeakMap();
    this.#deltas.set(before, delta);
    return delta;
  }
}

function versionOf(resources: Iterable<Resource>): string {
  return hashOfAll(Array.from(resources, ({ name, version }) => `${name}\0${version}`).sort());
}
