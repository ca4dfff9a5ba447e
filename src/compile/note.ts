import type { Fate } from '../model/issue.ts';
import type { ObjectKey } from '../model/object.ts';
import type { NoteCode } from './note-codes.ts';

/**
 * Something that a user should hear about one of their objects and that only compiling found out: a value, collected beside the resources.
 * `code` is stable and listed in `docs/errors.md`.
 */
export interface CompileNote {
  readonly object: ObjectKey;
  readonly code: NoteCode;
  readonly message: string;
  /** Present when the fact decides what became of the object. */
  readonly fate?: Fate;
}

/** Shared, so that "nothing to say" keeps its identity. */
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
