import { createLog } from '../../kit/log.ts';
import type { Issue } from '../../model/issue.ts';
import { type ObjectKey, toPlace } from '../../model/object.ts';
import { placeOf } from './declaration.ts';
import type { Declarations } from './declarations.ts';
import { toRest } from './fates.ts';
import type { ObjectVersions } from './object-versions.ts';
import type { Update } from './update.ts';

const log = createLog('config');

/** What else is known of the objects of an update. */
interface Known {
  readonly declarations: Declarations;
  readonly versions: ObjectVersions;
}

/** So many objects are named in one line. */
const MAX_NAMES = 3;

/**
 * Tells people what an update came to. The first error of an object says what is in force instead of it, and its last one's end what is in force
 * now. The error of a text that names no object says which objects it keeps.
 */
export function logUpdate(update: Update, known: Known): void {
  const told = new Set<ObjectKey>();
  for (const issue of update.issues) {
    const { object } = issue;
    const isFirst = issue.severity === 'error' && object !== undefined && !told.has(object);
    if (isFirst) told.add(object);
    const isRejected = isFirst && known.versions.find(object)?.isRejected === true;
    const rest = toKept(issue, known) ?? (isRejected ? toRest(known.versions.inForce(object)) : undefined);
    logIssue(rest === undefined ? issue : { ...issue, message: `${issue.message}; ${rest}` });
  }
  for (const [key, wasInForce] of update.settled) logSettled(key, wasInForce, known);
}

function toKept(issue: Issue, { declarations, versions }: Known): string | undefined {
  if (issue.severity !== 'error') return undefined;
  const keys = declarations.listKeptBy(issue).filter((key) => versions.inForce(key) !== undefined);
  if (keys.length === 0) return undefined;
  if (keys.length === 1) return `the last good version of ${keys.map(toName).join('')} stays in force`;
  const isShort = keys.length <= MAX_NAMES;
  const named = keys.slice(0, isShort ? -1 : MAX_NAMES).map(toName);
  const last = isShort ? keys.slice(-1).map(toName).join('') : toOthers(keys.length - MAX_NAMES);
  return `the last good versions of ${named.join(', ')} and ${last} stay in force`;
}

function toOthers(count: number): string {
  return count === 1 ? '1 other' : `${count} others`;
}

function toName(key: ObjectKey): string {
  const [kind = '', ...name] = key.split('/');
  return `${kind} ${name.filter((part) => part !== '').join('/')}`;
}

function logSettled(key: ObjectKey, wasInForce: boolean, { declarations, versions }: Known): void {
  const state = versions.find(key);
  const declaration = declarations.find(key);
  if (state === undefined || state.isRejected || state.quarantine || declaration === undefined) return;
  const place = toPlace(placeOf(declaration));
  const fact = wasInForce ? 'is in force again as it is written' : 'is in force';
  log.info({ event: 'config.settled', object: key, place }, `${place}: ${toName(key)} ${fact}`);
}

function logIssue(issue: Issue): void {
  const place = issue.origin ? toPlace(issue.origin) : '';
  const write = issue.severity === 'error' ? log.error : issue.severity === 'warning' ? log.warn : log.info;
  write({ event: 'config.issue', code: issue.code, object: issue.object, place }, `${place}: ${issue.message}`);
}
