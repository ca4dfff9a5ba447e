import type { Severity } from './issue.ts';

/**
 * Codes of issues that no single object shows by itself: they are about several objects, or about the place where objects are read from.
 * Stable, and listed in `docs/errors.md` like all others.
 */
export const MESH_CODES = {
  DIRECTORY_MISSING: {
    severity: 'warning',
    meaning: 'The directory is not there; what was read from it stays in force until it is.',
  },
  DUPLICATE_OBJECT: { severity: 'error', meaning: 'The object is declared in two places, of which the first counts.' },
  FILE_EMPTY: { severity: 'warning', meaning: 'A file holds no object.' },
  FILE_UNREADABLE: {
    severity: 'error',
    meaning: 'A file or directory cannot be read; its objects stay in force as they were.',
  },
  VS_DELEGATE_CONFLICT: {
    severity: 'warning',
    meaning: 'A rule of a delegate contradicts the rule that refers to it, and is left out.',
  },
  VS_DELEGATE_NESTED: { severity: 'warning', meaning: 'A delegate refers to another delegate, which is not followed.' },
  VS_DELEGATE_NOT_EXPORTED: {
    severity: 'warning',
    meaning: 'The delegate is not exported to the namespace of the rule that refers to it.',
  },
  VS_DELEGATE_UNKNOWN: { severity: 'warning', meaning: 'The delegate that a rule refers to does not exist.' },
} as const satisfies Readonly<Record<string, { readonly severity: Severity; readonly meaning: string }>>;
