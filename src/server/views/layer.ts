import type { CompileCache } from '../../compile/cache.ts';
import type { CompileNote } from '../../compile/note.ts';
import type { CompiledResource } from '../../compile/resource.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import type { Proxy } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { TypeUrl } from '../../xds/type-url.ts';
import type { MeshParts } from './mesh-parts.ts';

/** What a list of compile functions gives back. */
export interface Compiled {
  readonly resources: readonly CompiledResource[];
  readonly notes: readonly CompileNote[];
  /** Patches of EnvoyFilters that it is for; told by one layer of each proxy. */
  readonly selected?: readonly EnvoyPatch[];
  /** Patches that changed something in it. */
  readonly applied?: readonly EnvoyPatch[];
  /** Patches that found something in it and could not change it. */
  readonly failed?: readonly EnvoyPatch[];
}

/** One layer of a view: resources of one type that some set of proxies shares. */
export interface Layer {
  readonly typeUrl: TypeUrl;
  /** Names who shares the layer, in words that stay the same from snapshot to snapshot. */
  readonly slot: string;
  readonly compiled: Compiled;
}

/** A layer of a type that few proxies ask for; it is compiled when one does. */
export interface LazyLayer {
  readonly typeUrl: TypeUrl;
  toLayer(): Layer;
}

/** Everything a view is computed from. */
export interface ViewQuestion {
  readonly proxy: Proxy;
  readonly proxyClass: ProxyClass;
  readonly parts: MeshParts;
  readonly cache: CompileCache;
  /** Whether private keys may travel to this proxy. */
  readonly mayHoldSecrets: boolean;
}

/** A layer without resources, which tells that the type is served. */
export const NOTHING: Compiled = { resources: [], notes: [] };
