import type { ParsedObject } from '../../config/parsed-object.ts';
import type { Issue } from '../../model/issue.ts';
import { compareText, type ObjectKey, type Origin, toPlace } from '../../model/object.ts';
import type { RawObject } from '../source.ts';

/** One place where an object is written, and what came of reading it. */
export interface Declaration {
  /** Absent when the text could not be read far enough to name anything. */
  readonly key?: ObjectKey;
  readonly object?: ParsedObject;
  readonly issues: readonly Issue[];
  readonly raw: RawObject;
  /** Where it stands among all: source, group, position within the group. */
  readonly position: { readonly source: number; readonly group: string; readonly index: number };
  /** Its text is gone or broken, but the group is not readable as a whole, so nobody can say that it was meant to go. */
  readonly isKept: boolean;
}

/** Where a declaration is now; the origin in its object's metadata is where it was when it was read. */
export function placeOf({ raw }: Declaration): Origin {
  return 'origin' in raw ? raw.origin : { kind: 'cluster', cluster: raw.cluster };
}

/** What is written there: an object of an API server as JSON. */
export function textOf({ raw }: Declaration): string {
  return 'text' in raw ? raw.text : JSON.stringify(raw.object);
}

/** The order in which declarations of one object win: sources as configured, files by name, then by line. */
export function compareDeclarations({ position: a }: Declaration, { position: b }: Declaration): number {
  return a.source - b.source || compareText(a.group, b.group) || a.index - b.index;
}

/** The first error of a declaration: the reason why its object is not taken. */
export function findError({ issues }: Declaration): Issue | undefined {
  return issues.find((issue) => issue.severity === 'error');
}

/** What users hear about a second declaration of an object: both places, and which one counts. */
export function duplicateOf(winner: Declaration, loser: Declaration): Issue {
  const origin = placeOf(loser);
  const where = toPlace(placeOf(winner));
  return {
    severity: 'error',
    code: 'DUPLICATE_OBJECT',
    path: ['metadata', 'name'],
    message: `${loser.key} is declared at ${where} already; this declaration, at ${toPlace(origin)}, does not count`,
    ...(loser.key === undefined ? {} : { object: loser.key }),
    origin,
  };
}
