import type { ObjectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
import { aliasesOf, resolveAliases } from './aliases.ts';
import { type AutoAddresses, allocateAddresses } from './auto-address.ts';
import { type MergedService, mergeServices, type Shadow, uniteParts } from './merge-services.ts';
import { keepIdentity, keepList } from './same-content.ts';

/** A service, and what it was made of. */
interface Finished {
  readonly parts: MergedService['parts'];
  readonly autoAddresses: readonly string[];
  readonly aliases: readonly string[];
  readonly service: Service;
}

/**
 * All services of the mesh, from what objects declare.
 *
 * Declaring is cheap and may come in any order; `commit` then settles what depends on several objects at once: who owns a host, which
 * addresses are allocated, which names are aliases. Services whose content stays equal stay the identical value.
 */
export class ServiceTable {
  readonly #declared = new Map<ObjectKey, readonly Service[]>();
  #finished = new Map<string, Finished>();
  #services: readonly Service[] = [];
  #shadows: readonly Shadow[] = [];
  #isDirty = false;

  /** As of the last commit, in Istio's order. */
  get services(): readonly Service[] {
    return this.#services;
  }

  /** Who lost a host to whom, as of the last commit. */
  get shadows(): readonly Shadow[] {
    return this.#shadows;
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
    this.#isDirty = true;
    if (after.length === 0) this.#declared.delete(key);
    else this.#declared.set(key, after);
  }

  /** Revisions of an object that services were made of; an object may have newer ones that change no service. */
  revisionsOf(key: ObjectKey): readonly string[] {
    return (this.#declared.get(key) ?? []).map((service) => service.meta.revision);
  }

  /** Settles what was declared. @returns whether any service is different now. */
  commit(): boolean {
    if (!this.#isDirty) return false;
    this.#isDirty = false;
    const { merged, shadows } = mergeServices([...this.#declared.values()].flat());
    const united = merged.map(({ parts }) => this.#unite(parts));
    const allocated = allocateAddresses(united);
    const aliases = resolveAliases(united);
    const finished = new Map<string, Finished>();
    merged.forEach(({ parts }, i) => {
      const service = united[i] ?? parts[0];
      const key = `${service.namespace}/${service.hostname}`;
      finished.set(key, this.#finish(key, { parts, service }, allocated.get(key), aliasesOf(service, aliases)));
    });
    const before = this.#services;
    this.#finished = finished;
    this.#shadows = shadows;
    this.#services = keepList(
      before,
      [...finished.values()].map(({ service }) => service),
    );
    return this.#services !== before;
  }

  #unite(parts: MergedService['parts']): Service {
    return uniteParts(parts);
  }

  #finish(
    key: string,
    { parts, service }: { parts: MergedService['parts']; service: Service },
    allocated: AutoAddresses | undefined,
    aliases: readonly string[],
  ): Finished {
    const autoAddresses = allocated ?? service.autoAddresses;
    const known = this.#finished.get(key);
    const isKnown =
      known !== undefined &&
      keepList(known.parts, parts) === known.parts &&
      keepList(known.autoAddresses, autoAddresses) === known.autoAddresses &&
      keepList(known.aliases, aliases) === known.aliases;
    if (isKnown) return known;
    const isPlain = autoAddresses.length === service.autoAddresses.length && aliases.length === 0;
    return { parts, autoAddresses, aliases, service: isPlain ? service : { ...service, autoAddresses, aliases } };
  }
}
