import type { CompiledResource } from '../../compile/resource.ts';
import { ResourceSet } from '../../xds/resource-set.ts';
import type { TypeUrl } from '../../xds/type-url.ts';

interface Kept {
  readonly set: ResourceSet;
  /** The last list that had the content of the set: the next is likely to be the same list. */
  resources: readonly CompiledResource[];
  /** The round in which it was last asked for. */
  round: number;
}

/** How many rounds a slot is kept that no proxy asks for. */
const KEPT_ROUNDS = 2;

/**
 * Turns lists of compiled resources into sets, and keeps a set's identity while its resources are the same: what did not change is then found
 * unchanged by one comparison, for every stream that is served it.
 */
export class SetKeeper {
  readonly #kept = new Map<string, Kept>();
  #round = 0;

  /** `slot` names what the list is (a type and a scope): the set is compared with the last one of its slot. */
  setOf(slot: string, typeUrl: TypeUrl, resources: readonly CompiledResource[]): ResourceSet {
    const kept = this.#kept.get(slot);
    if (kept !== undefined && isSameContent(kept.resources, resources)) {
      kept.round = this.#round;
      kept.resources = resources;
      return kept.set;
    }
    const set = kept === undefined ? ResourceSet.of(typeUrl, resources) : kept.set.next(resources);
    this.#kept.set(slot, { set, resources, round: this.#round });
    return set;
  }

  /** Every set that is kept. */
  *listSets(): Iterable<ResourceSet> {
    for (const { set } of this.#kept.values()) yield set;
  }

  /** Ends a round; the slots of proxies that are gone are forgotten, and returned. */
  advance(): readonly string[] {
    this.#round++;
    const unused = [...this.#kept].filter(([, kept]) => this.#round - kept.round > KEPT_ROUNDS).map(([slot]) => slot);
    for (const slot of unused) this.#kept.delete(slot);
    return unused;
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
