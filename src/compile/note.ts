import type { Fate } from '../model/issue.ts';
import type { ObjectKey } from '../model/object.ts';

/**
 * Something that a user should hear about one of their objects and that only compiling found out: a value, collected beside the resources.
 * `code` is stable and listed in `docs/errors.md`.
 */
export interface CompileNote {
  readonly object: ObjectKey;
  readonly code: string;
  readonly message: string;
  /** Present when the fact decides what became of the object. */
  readonly fate?: Fate;
}

/** Shared, so that "nothing to say" keeps its identity. */
export const NO_NOTES: readonly CompileNote[] = [];
