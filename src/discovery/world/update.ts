import type { Issue } from '../../model/issue.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { ObjectChange } from '../registry/object-change.ts';

const NONE: ReadonlySet<Issue> = new Set();

/** What one turn changes, while it is being put together. An object that changes twice changes once. */
export class Update {
  readonly #changes = new Map<ObjectKey, ObjectChange>();
  /** Issues that were not there before. */
  readonly issues: Issue[] = [];
  /** Whether issues went away. */
  isCleared = false;
  /** Objects whose text had errors and has none any more, with whether a version of them was in force meanwhile. */
  readonly settled = new Map<ObjectKey, boolean>();

  /** Adds a change of an object's version in force. */
  add(change: ObjectChange | undefined): void {
    if (change === undefined) return;
    const { key, after } = change;
    const known = this.#changes.get(key);
    const before = known ? known.before : change.before;
    if (before === after) this.#changes.delete(key);
    else this.#changes.set(key, { key, ...(before && { before }), ...(after && { after }) });
  }

  /** Adds the difference between the issues of one place before and now. One that only moved with its text is not new; one of `fresh` is. */
  addIssues(before: readonly Issue[], after: readonly Issue[], fresh: ReadonlySet<Issue> = NONE): void {
    if (before === after) return;
    const known = new Set(before.map(sayingOf));
    const present = new Set(after.map(sayingOf));
    this.issues.push(...after.filter((issue) => fresh.has(issue) || !known.has(sayingOf(issue))));
    if ([...known].some((saying) => !present.has(saying))) this.isCleared = true;
  }

  /** Every object's change, in no particular order. */
  changes(): readonly ObjectChange[] {
    return [...this.#changes.values()];
  }
}

/** What an issue says, but for where in its file: texts move when lines come and go above them. */
function sayingOf({ code, object, path, message, origin }: Issue): string {
  const file = origin?.kind === 'file' ? origin.file : origin?.cluster;
  return JSON.stringify([code, object, path, message.replaceAll(/:\d+:\d+/g, ''), file]);
}
