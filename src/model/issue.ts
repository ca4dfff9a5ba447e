import type { ObjectKey, Origin } from './object.ts';

/** `error` drops the object, the others keep it. */
export type Severity = 'error' | 'warning' | 'info';

/**
 * Something wrong, or worth knowing, about one of the user's objects. A value: collected, never thrown.
 * `code` is stable and listed in `docs/errors.md`; `path` leads to the field; `origin` is the exact place of it.
 */
export interface Issue {
  readonly severity: Severity;
  readonly code: string;
  readonly path: readonly (string | number)[];
  readonly message: string;
  /** The object, when it could be read far enough to be named. */
  readonly object?: ObjectKey;
  readonly origin?: Origin;
}

/** What became of one input object. Every object ends in exactly one. */
export type Fate =
  | { readonly kind: 'applied' }
  | { readonly kind: 'partly-applied'; readonly because: string }
  | { readonly kind: 'shadowed'; readonly by: ObjectKey; readonly because: string }
  | { readonly kind: 'ignored'; readonly because: string }
  /** Nothing is wrong with it; whom it is for has not come, or is gone. */
  | { readonly kind: 'waiting'; readonly because: string }
  | { readonly kind: 'rejected'; readonly because: string }
  | { readonly kind: 'quarantined'; readonly because: string };
