import type { Fate } from '../model/issue.ts';
import type { ObjectKey } from '../model/object.ts';

/**
 * A fact about one of the user's objects that only compiling it brought to light: a destination that does not exist, a credential that is
 * missing, a setting that this proxy cannot honour. The resource ships all the same; the note tells whoever wrote the object.
 *
 * `code` is stable and listed in `docs/errors.md`. `fate` is present when the object, or a part of it, had no effect.
 */
export interface CompileNote {
  readonly object: ObjectKey;
  readonly code: string;
  readonly message: string;
  readonly fate?: Fate;
}

/** A shared empty list, so that "nothing to tell" keeps its identity. */
export const NO_NOTES: readonly CompileNote[] = [];

/** The notes without repetition (one fact shows on many resources), in the order in which they first appeared. */
export function listDistinctNotes(notes: Iterable<CompileNote>): readonly CompileNote[] {
  const distinct = new Map<string, CompileNote>();
  for (const note of notes) {
    const key = `${note.object}\n${note.code}\n${note.message}`;
    if (!distinct.has(key)) distinct.set(key, note);
  }
  return distinct.size === 0 ? NO_NOTES : [...distinct.values()];
}
