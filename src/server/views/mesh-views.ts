import { CompileCache } from '../../compile/cache.ts';
import type { CompileNote } from '../../compile/note.ts';
import { listDistinctNotes } from '../../compile/note.ts';
import type { Issue } from '../../model/issue.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { Proxy } from '../../model/proxy.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { ProxyView } from '../../xds/resource.ts';
import type { ResourceSet } from '../../xds/resource-set.ts';
import type { TypeUrl } from '../../xds/type-url.ts';
import type { ConnectionRequest } from '../../xds/view-source.ts';
import { mayHoldSecrets } from '../proxy/secret-trust.ts';
import { ProxyClasses } from '../proxy/proxy-class.ts';
import type { Compiled, Layer } from './layer.ts';
import { LazyLayers } from './lazy-layers.ts';
import { MeshParts } from './mesh-parts.ts';
import { listLazyLayers } from './name-layer.ts';
import { listRouterLayers } from './router-layers.ts';
import { listPatchStatus, listUnmatched, type PatchStatus } from './patch-status.ts';
import { SetKeeper } from './set-keeper.ts';
import { listSidecarLayers } from './sidecar-layers.ts';

/**
 * Compiles what each proxy may see of the current snapshot.
 *
 * Work is shared by identity: proxies of one class share scopes, scopes share resources, and a change compiles again only what one of its
 * arguments changed for. Nothing is computed until a proxy asks.
 */
export class MeshViews {
  readonly #cache = new CompileCache();
  readonly #classes = new ProxyClasses();
  readonly #sets = new SetKeeper();
  /** Layers that have something to tell, by their slots. */
  readonly #telling = new Map<string, Compiled>();
  #parts: MeshParts;

  constructor(snapshot: Snapshot) {
    this.#parts = new MeshParts(snapshot, undefined);
  }

  /**
   * Takes a new picture of the mesh; views asked for from now on show it. What the proxies that are still there did not ask for since the
   * last few pictures is forgotten.
   */
  update(snapshot: Snapshot): void {
    this.#parts = new MeshParts(snapshot, this.#parts);
    this.#cache.advance();
    for (const slot of this.#sets.advance()) this.#telling.delete(slot);
  }

  get snapshot(): Snapshot {
    return this.#parts.snapshot;
  }

  /** What `proxy` may see. Layers that did not change are the identical sets of the last call. */
  viewOf(proxy: Proxy, connection: ConnectionRequest): ProxyView {
    const parts = this.#parts;
    const question = {
      proxy,
      proxyClass: this.#classes.classOf(proxy, parts.relevantLabels),
      parts,
      cache: this.#cache,
      mayHoldSecrets: mayHoldSecrets(connection),
    };
    const layers = new Map<TypeUrl, ResourceSet[]>();
    for (const layer of proxy.type === 'router' ? listRouterLayers(question) : listSidecarLayers(question)) {
      const sets = layers.get(layer.typeUrl) ?? [];
      layers.set(layer.typeUrl, sets);
      sets.push(this.#keep(layer));
    }
    return { layers: new LazyLayers(layers, listLazyLayers(question), (layer) => this.#keep(layer)) };
  }

  /** What is wrong between objects of the present picture. */
  issues(): readonly Issue[] {
    return this.#parts.delegateIssues;
  }

  /** What compiling brought to light, over everything that was asked for since it last changed. */
  notes(): readonly CompileNote[] {
    const told = [...this.#telling.values()].flatMap(({ notes }) => notes);
    return listDistinctNotes([...told, ...listUnmatched(this.snapshot.envoyFilters, this.patchStatus())]);
  }

  /** Whether an object shaped anything that some proxy was served of late. */
  isShapedBy(key: ObjectKey): boolean {
    for (const set of this.#sets.listSets()) if (originsOf(set).has(key)) return true;
    return false;
  }

  /** What became of the patches of EnvoyFilters. */
  patchStatus(): readonly PatchStatus[] {
    return listPatchStatus(this.snapshot.envoyFilters, [...this.#telling.values()]);
  }

  /** Results held, and how often one was found, for metrics. */
  cacheFacts(): { readonly size: number; readonly hits: number; readonly misses: number } {
    return this.#cache.counts;
  }

  #keep({ typeUrl, slot, compiled }: Layer): ResourceSet {
    this.#remember(`${typeUrl} ${slot}`, compiled);
    return this.#sets.setOf(`${typeUrl} ${slot}`, typeUrl, compiled.resources);
  }

  #remember(slot: string, compiled: Compiled): void {
    const { notes, selected = [], applied = [], failed = [] } = compiled;
    if (notes.length + selected.length + applied.length + failed.length > 0) this.#telling.set(slot, compiled);
    else this.#telling.delete(slot);
  }
}

const origins = new WeakMap<ResourceSet, ReadonlySet<string>>();

/** Found once for each set: that of all clusters has thousands of resources, and most changes leave it alone. */
function originsOf(set: ResourceSet): ReadonlySet<string> {
  const known = origins.get(set) ?? new Set(set.all.resources.flatMap((resource) => resource.origins));
  origins.set(set, known);
  return known;
}
