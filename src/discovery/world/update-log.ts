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

/** Tells people what an update came to. The first error of an object says what is in force instead of it, and its last one's end what is in force now. */
export function logUpdate(update: Update, known: Known): void {
  const told = new Set<ObjectKey>();
  for (const issue of update.issues) {
    const { object } = issue;
    const isFirst = issue.severity === 'error' && object !== undefined && !told.has(object);
    if (isFirst) told.add(object);
    const isRejected = isFirst && known.versions.find(object)?.isRejected === true;
    const message = isRejected ? `${issue.message}; ${toRest(known.versions.inForce(object))}` : issue.message;
    logIssue({ ...issue, message });
  }
  for (const [key, wasInForce] of update.settled) logSettled(key, wasInForce, known);
}

function logSettled(key: ObjectKey, wasInForce: boolean, { declarations, versions }: Known): void {
  const state = versions.find(key);
  const declaration = declarations.find(key);
  if (state === undefined || state.isRejected || state.quarantine || declaration === undefined) return;
  const place = toPlace(placeOf(declaration));
  const [kind = '', ...name] = key.split('/');
  const what = `${kind} ${name.filter((part) => part !== '').join('/')}`;
  const fact = wasInForce ? 'is in force again as it is written' : 'is in force';
  log.info({ event: 'config.settled', object: key, place }, `${place}: ${what} ${fact}`);
}

function logIssue(issue: Issue): void {
  const place = issue.origin ? toPlace(issue.origin) : '';
  const write = issue.severity === 'error' ? log.error : issue.severity === 'warning' ? log.warn : log.info;
  write({ event: 'config.issue', code: issue.code, object: issue.object, place }, `${place}: ${issue.message}`);
}
