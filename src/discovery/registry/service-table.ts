import type { ObjectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
import { resolveAliases } from './aliases.ts';
import { type AutoAddresses, allocateAddresses, needsAddress } from './auto-address.ts';
import { compareServices, mergeServices, type ServiceParts, type Shadow, uniteParts } from './merge-services.ts';
import { keepIdentity, keepList } from './same-content.ts';
import { SortedValues } from './sorted-values.ts';

/** A host in a namespace: `namespace/host`. */
type Slot = string;

/** What all declarations of a slot come to, before what depends on other slots is added. */
interface Merged {
  readonly parts: ServiceParts;
  readonly united: Service;
  readonly shadows: readonly Shadow[];
}

/**
 * All services of the mesh, from what objects declare.
 *
 * Declaring is cheap and may come in any order; `commit` then settles what depends on several objects at once: who owns a host, which
 * addresses are allocated, which names are aliases. Services whose content stays equal stay the identical value.
 */
export class ServiceTable {
  readonly #cluster: string;
  readonly #declared = new Map<ObjectKey, readonly Service[]>();
  readonly #bySlot = new Map<Slot, Map<ObjectKey, Service>>();
  readonly #dirty = new Set<Slot>();
  readonly #merged = new Map<Slot, Merged>();
  readonly #aliases = new Map<Slot, Service>();
  readonly #addressless = new SortedValues<Slot, Service>(compareServices);
  readonly #services = new SortedValues<Slot, Service>(compareServices);
  #allocated: ReadonlyMap<Slot, AutoAddresses> = new Map();
  #aliasNames: ReadonlyMap<string, readonly string[]> = new Map();

  /** @param cluster Id of the cluster of the configuration. */
  constructor(cluster: string) {
    this.#cluster = cluster;
  }

  /** As of the last commit, in Istio's order. */
  get services(): readonly Service[] {
    return this.#services.list;
  }

  /** The service of a host in a namespace, as of the last commit. */
  find(hostname: string, namespace: string): Service | undefined {
    return this.#services.get(`${namespace}/${hostname}`);
  }

  /** Who lost a host to whom, as of the last commit. */
  listShadows(): readonly Shadow[] {
    return [...this.#merged.values()].flatMap(({ shadows }) => shadows);
  }

  /** What one object declares from now on; nothing, when it is gone. */
  declare(key: ObjectKey, services: readonly Service[]): void {
    const before = this.#declared.get(key) ?? [];
    const after = keepList(
      before,
      services.map((service) =>
        keepIdentity(
          before.find((old) => old.hostname === service.hostname),
          service,
        ),
      ),
    );
    if (after === before) return;
    for (const service of before) this.#place(key, slotOf(service), undefined);
    for (const service of after) this.#place(key, slotOf(service), service);
    if (after.length === 0) this.#declared.delete(key);
    else this.#declared.set(key, after);
  }

  /** Revisions of an object that services were made of; an object may have newer ones that change no service. */
  revisionsOf(key: ObjectKey): readonly string[] {
    return (this.#declared.get(key) ?? []).map((service) => service.meta.revision);
  }

  /** Settles what was declared. @returns whether any service is different now. */
  commit(): boolean {
    if (this.#dirty.size === 0) return false;
    const unfinished = new Set(this.#dirty);
    let hasAliasChange = false;
    for (const slot of this.#dirty) hasAliasChange = this.#merge(slot) || hasAliasChange;
    this.#dirty.clear();
    this.#allocate(unfinished);
    if (hasAliasChange) this.#resolveAliases(unfinished);
    for (const slot of unfinished) this.#finish(slot);
    return this.#services.commit();
  }

  #place(key: ObjectKey, slot: Slot, service: Service | undefined): void {
    const declarations = this.#bySlot.get(slot) ?? new Map<ObjectKey, Service>();
    if (service) this.#bySlot.set(slot, declarations.set(key, service));
    else if (declarations.delete(key) && declarations.size === 0) this.#bySlot.delete(slot);
    this.#dirty.add(slot);
  }

  /** @returns whether aliases may be different now: a host came, went, or changed what it stands for. */
  #merge(slot: Slot): boolean {
    const [first, ...others] = this.#bySlot.get(slot)?.values() ?? [];
    const before = this.#merged.get(slot);
    if (first === undefined) {
      this.#merged.delete(slot);
      this.#aliases.delete(slot);
      this.#addressless.put(slot, undefined);
      return before !== undefined;
    }
    const { parts, shadows } = mergeServices([first, ...others]);
    const isSame = before !== undefined && keepList(before.parts, parts) === before.parts;
    const united = isSame ? before.united : uniteParts(parts, this.#cluster);
    this.#merged.set(slot, { parts, united, shadows });
    this.#addressless.put(slot, needsAddress(united) ? united : undefined);
    if (united.aliasOf === undefined) this.#aliases.delete(slot);
    else this.#aliases.set(slot, united);
    return before?.united.aliasOf !== united.aliasOf || before === undefined;
  }

  #allocate(unfinished: Set<Slot>): void {
    if (!this.#addressless.commit()) return;
    const before = this.#allocated;
    this.#allocated = allocateAddresses(this.#addressless.list);
    for (const [slot, addresses] of this.#allocated) if (before.get(slot)?.[0] !== addresses[0]) unfinished.add(slot);
  }

  #resolveAliases(unfinished: Set<Slot>): void {
    const before = this.#aliasNames;
    if (before.size === 0 && this.#aliases.size === 0) return;
    const hosts = new Map([...this.#merged].map(([slot, { united }]) => [slot, united.hostname]));
    this.#aliasNames = resolveAliases([...this.#aliases.values()], new Set(hosts.values()));
    for (const [slot, host] of hosts) {
      if (keepList(before.get(host) ?? NONE, this.#aliasNames.get(host) ?? NONE) !== (before.get(host) ?? NONE))
        unfinished.add(slot);
    }
  }

  #finish(slot: Slot): void {
    const merged = this.#merged.get(slot);
    if (merged === undefined) return this.#services.put(slot, undefined);
    const { united } = merged;
    const before = this.#services.get(slot);
    const autoAddresses = this.#allocated.get(slot) ?? united.autoAddresses;
    const aliases = this.#aliasNames.get(united.hostname) ?? united.aliases;
    const isPlain = keepList(united.autoAddresses, autoAddresses) === united.autoAddresses && aliases.length === 0;
    this.#services.put(slot, keepIdentity(before, isPlain ? united : { ...united, autoAddresses, aliases }));
  }
}

const NONE: readonly string[] = [];

function slotOf({ namespace, hostname }: Service): Slot {
  return `${namespace}/${hostname}`;
}
