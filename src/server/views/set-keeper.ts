import type { CompiledResource } from '../../compile/resource.ts';
import { ResourceSet } from '../../xds/resource-set.ts';
import type { TypeUrl } from '../../xds/type-url.ts';

interface Kept {
  readonly set: ResourceSet;
  readonly resources: readonly CompiledResource[];
}

/**
 * Turns lists of compiled resources into sets, and keeps a set's identity while its resources are the same: what did not change is then found
 * unchanged by one comparison, for every stream that is served it.
 */
export class SetKeeper {
  readonly #kept = new Map<string, Kept>();

  /** `slot` names what the list is (a type and a scope): the set is compared with the last one of its slot. */
  setOf(slot: string, typeUrl: TypeUrl, resources: readonly CompiledResource[]): ResourceSet {
    const kept = this.#kept.get(slot);
    if (kept !== undefined && isSameContent(kept.resources, resources)) return kept.set;
    const set = ResourceSet.of(typeUrl, resources);
    this.#kept.set(slot, { set, resources });
    return set;
  }

  /** Forgets slots that `isUsed` no longer knows. */
  prune(isUsed: (slot: string) => boolean): void {
    for (const slot of this.#kept.keys()) if (!isUsed(slot)) this.#kept.delete(slot);
  }
}

function isSameContent(a: readonly CompiledResource[], b: readonly CompiledResource[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((resource, i) => isSame(resource, b[i]));
}

// Origins count too: an unchanged resource that another object shapes now must be reported on that one.
function isSame(a: CompiledResource, b: CompiledResource | undefined): boolean {
  if (a === b) return true;
  return a.name === b?.name && a.version === b.version && a.origins.join() === b.origins.join();
}
