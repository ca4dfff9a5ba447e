import type { MessageName } from '../../gen/codec.ts';
import type { MessageTypes } from '../../gen/messages.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import type { CompileCache } from '../cache.ts';
import { type CompileNote, listDistinctNotes } from '../note.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { type PatchedResource, toPatchNote, valueOf } from './patch-run.ts';

/** Resources of one type, and what their making brought to light. */
export interface Compiled {
  readonly resources: readonly CompiledResource[];
  readonly notes: readonly CompileNote[];
}

/** The same after patches were applied. */
export interface Patched extends Compiled {
  /** Patches that found something to change, or added something. */
  readonly applied: readonly EnvoyPatch[];
  /** Patches that found something and could not change it, or could not add; `notes` say why. */
  readonly failed: readonly EnvoyPatch[];
}

/** Types of which a patch can add a whole resource. */
type AddedType =
  | 'envoy.config.listener.v3.Listener'
  | 'envoy.config.cluster.v3.Cluster'
  | 'envoy.config.core.v3.TypedExtensionConfig';

/** Puts patched resources, and those that patches add, into one list; an added one gives way to another of its name. */
export class PatchedList {
  readonly #before: Compiled;
  readonly #resources: CompiledResource[] = [];
  readonly #names = new Set<string>();
  readonly #applied = new Set<EnvoyPatch>();
  readonly #failed = new Set<EnvoyPatch>();
  readonly #notes: CompileNote[];

  constructor(before: Compiled) {
    this.#before = before;
    this.#notes = [...before.notes];
  }

  /** A resource that no patch is for. */
  keep(resource: CompiledResource): void {
    this.#resources.push(resource);
    this.#names.add(resource.name);
  }

  take({ resource, applied, failed, notes }: PatchedResource): void {
    if (resource !== undefined) this.keep(resource);
    for (const patch of applied) this.#applied.add(patch);
    for (const patch of failed) this.#failed.add(patch);
    this.#notes.push(...notes);
  }

  add(type: AddedType, patch: EnvoyPatch, cache: CompileCache): void {
    const added = cache.call(compileAdded, type, patch);
    const problem =
      added.name === '' ? 'it has no name' : this.#names.has(added.name) ? 'its name is taken' : undefined;
    if (problem !== undefined) {
      this.#failed.add(patch);
      this.#notes.push(toPatchNote(patch, problem));
      return;
    }
    this.keep(added);
    this.#applied.add(patch);
  }

  /** The list; the identical resources and notes when nothing was changed. */
  finish(): Patched {
    const applied = [...this.#applied];
    const { resources, notes } = this.#before;
    const isSame = applied.length === 0 && this.#resources.length === resources.length;
    return {
      resources: isSame ? resources : this.#resources,
      notes: this.#notes.length === notes.length ? notes : listDistinctNotes(this.#notes),
      applied,
      failed: [...this.#failed],
    };
  }
}

function compileAdded(type: AddedType, patch: EnvoyPatch): CompiledResource {
  const message = valueOf<MessageName & AddedType>(type, patch);
  return toResource<AddedType>(type, nameOf(message), message, [patch.filter]);
}

function nameOf({ name = '' }: MessageTypes[AddedType]): string {
  return name;
}
