import type { ParsedObject } from '../../config/parsed-object.ts';
import { ConfigDocument } from '../../config/read/config-document.ts';
import { isDnsLabel, isObjectName } from '../../config/schema/names.ts';
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
  /** Its text is gone, but not all of the group says what it is, so nobody can say that it was meant to go. What was wrong with it is no issue. */
  readonly isKept: boolean;
}

/** Nobody can say which object such a text was meant to be, nor how many. */
const UNREADABLE_CODES: ReadonlySet<string> = new Set(['YAML_SYNTAX', 'FIELD_TYPE', 'FIELD_MISSING']);

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
  return issues.find(isError);
}

/** The error because of which nothing of a declaration's text can be named. */
export function findUnreadable({ key, issues }: Declaration): Issue | undefined {
  return key === undefined ? issues.find((issue) => isError(issue) && UNREADABLE_CODES.has(issue.code)) : undefined;
}

/**
 * The error of a text that was meant to be one object of the mesh, and with a slip of the pen in what names it is none, or another. What an API
 * server has is named.
 */
export function findMisnamed({ raw, key, issues }: Declaration): Issue | undefined {
  const errors = raw instanceof ConfigDocument ? issues.filter(isError) : [];
  if (errors.length === 0) return undefined;
  // Where more is wrong, nothing is said of the name.
  return errors.find(({ path }) => isNamePath(path)) ?? (isRightKey(key) ? undefined : errors[0]);
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

function isError({ severity }: Issue): boolean {
  return severity === 'error';
}

function isRightKey(key: ObjectKey | undefined): boolean {
  const [, namespace = '', name = ''] = key?.split('/') ?? [];
  return isObjectName(name) && (namespace === '' || isDnsLabel(namespace));
}

function isNamePath([parent, field, ...rest]: Issue['path']): boolean {
  return parent === 'metadata' && (field === 'name' || field === 'namespace') && rest.length === 0;
}
