import { encodeMessage, type MessageName, messageOf } from '../../gen/codec.ts';
import { MessageError } from '../../gen/message-error.ts';
import type { MessageTypes } from '../../gen/messages.ts';
import type { EnvoyPatch } from '../../model/envoy-filter.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { CompileNote } from '../note.ts';
import { type CompiledResource, toResourceFromBytes } from '../resource.ts';

/** What became of one resource under its patches. */
export interface PatchedResource {
  /** The identical resource when no patch applied; absent when one removed it. */
  readonly resource?: CompiledResource;
  /** Patches that found something to change. */
  readonly applied: readonly EnvoyPatch[];
  /** Patches that found something and could not change it; `notes` say why. */
  readonly failed: readonly EnvoyPatch[];
  readonly notes: readonly CompileNote[];
}

/** What a patch says, as message of the type that it is for; reading the EnvoyFilter checked that it is one. */
export function valueOf<T extends MessageName>(type: T, patch: EnvoyPatch): MessageTypes[T] {
  return messageOf(type, patch.value);
}

/** Follows which patches change a resource, and which of them fail. */
export class PatchRun {
  readonly #applied = new Set<EnvoyPatch>();
  readonly #failed = new Set<EnvoyPatch>();
  readonly #notes: CompileNote[] = [];

  /** A patch found what it is for. */
  hit(patch: EnvoyPatch): void {
    this.#applied.add(patch);
  }

  /** Applies a patch to what it found; what it cannot change stays as it is. */
  change<T>(patch: EnvoyPatch, before: T, change: () => T): T {
    try {
      const after = change();
      this.hit(patch);
      return after;
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      this.#failed.add(patch);
      this.#notes.push(toPatchNote(patch, error.message));
      return before;
    }
  }

  /** The resource that came of it; `message` is absent when a patch removed it. */
  finish<T extends MessageName>(
    before: CompiledResource,
    type: T,
    message: (MessageTypes[T] & { readonly name?: string | undefined }) | undefined,
  ): PatchedResource {
    const applied = [...this.#applied];
    const report = { applied, failed: [...this.#failed], notes: this.#notes };
    if (message === undefined) return report;
    if (applied.length === 0) return { ...report, resource: before };
    try {
      const origins = [...toOrigins(applied), ...before.origins];
      const bytes = encodeMessage(type, message);
      return { ...report, resource: toResourceFromBytes(message.name || before.name, bytes, origins) };
    } catch (error) {
      if (!(error instanceof MessageError)) throw error;
      const notes = applied.map((patch) => toPatchNote(patch, error.message));
      return {
        resource: before,
        applied: [],
        failed: [...applied, ...this.#failed],
        notes: [...this.#notes, ...notes],
      };
    }
  }
}

/** The EnvoyFilters behind some patches, the last that was applied first: a refusal is its doing before it is anybody else's. */
export function toOrigins(applied: readonly EnvoyPatch[]): readonly ObjectKey[] {
  return [...new Set(applied.map(({ filter }) => filter).reverse())];
}

/** Tells that a patch could not be applied to something that it matches. */
export function toPatchNote({ filter, index, target }: EnvoyPatch, why: string): CompileNote {
  const message = `spec.configPatches[${index}] cannot be applied to a ${target}: ${why}`;
  const fate = { kind: 'partly-applied', because: message } as const;
  return { object: filter, code: 'ENVOY_FILTER_PATCH_INVALID', message, fate };
}
