import type { Logger } from '../kit/log.ts';
import type { Fate, Issue } from '../model/issue.ts';
import type { Finding } from '../model/idle/finding.ts';
import { MESH_CODES } from '../model/mesh-codes.ts';
import { type ObjectKey, toPlace } from '../model/object.ts';
import type { NoteCode } from '../compile/note-codes.ts';
import type { CompileNote } from '../compile/note.ts';
import type { RoundReport } from './push-rounds.ts';

/** Objects named one by one in a line; more are counted. */
const NAMED = 5;

/**
 * Tells operators, in one line per fact, what became of what they saved: how far each change got, and what compiling it
 * brought to light. What was told once is not told again until it changes. (What is wrong with an object by itself the world tells.)
 */
export class ChangeLog {
  readonly #log: Logger;
  #issues = new Set<string>();
  #notes = new Set<string>();
  #findings: ReadonlyMap<string, Finding> = new Map();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** A round is complete, or patience with it has ended. */
  round(report: RoundReport): void {
    const { reason, objects, proxies, responses, bytes, ms, waitingFor, refusedBy } = report;
    const what = describeObjects(objects) || reason;
    const sent = Object.entries(responses).map(([type, count]) => `${type} ${count}`);
    const took = `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
    const fields = { event: 'push.round', reason, proxies: proxies.join(','), bytes, ms: Math.round(ms * 10) / 10 };
    const refused = refusedBy.length === 0 ? '' : `refused by ${listNames(refusedBy)}`;
    if (waitingFor.length > 0) {
      this.#log.warn(
        { ...fields, waitingFor: waitingFor.join(','), ...(refused && { refusedBy: refusedBy.join(',') }) },
        oneLine(`${what}: ${refused && `${refused}, `}not acknowledged by ${listNames(waitingFor)}`),
      );
    } else if (refused !== '') {
      this.#log.warn(
        { ...fields, refusedBy: refusedBy.join(',') },
        oneLine(`${what} → ${listNames(proxies)} (${sent.join(', ')}), ${refused}, in ${took}`),
      );
    } else if (proxies.length === 0) {
      this.#log.info(fields, oneLine(`${what}: nothing to tell any proxy`));
    } else {
      this.#log.info(
        fields,
        oneLine(`${what} → ${listNames(proxies)} (${sent.join(', ')}), all acknowledged in ${took}`),
      );
    }
  }

  /** All facts that compiling brought to light; those that are new are told. */
  notes(all: readonly CompileNote[], placeOf: (key: ObjectKey) => string): void {
    const now = new Map(all.map((note) => [`${note.object}\n${note.code}\n${note.message}`, note]));
    for (const [id, note] of now) {
      if (this.#notes.has(id)) continue;
      const fields = { event: 'config.note', code: note.code, object: note.object };
      this.#log.warn(fields, oneLine(`${placeOf(note.object)}: ${note.code}: ${nameOf(note.object)}: ${note.message}`));
    }
    this.#notes = new Set(now.keys());
  }

  /**
   * All objects that have no effect, or another than their authors may think. One that is new, or says something else now, is told; one that is
   * gone is taken back in a line, unless its object is gone as well.
   *
   * @param placeOf Where an object is written; `undefined` when it is nowhere.
   */
  findings(all: readonly Finding[], placeOf: (key: ObjectKey) => string | undefined): void {
    const told = all.filter(({ isQuiet }) => isQuiet !== true);
    const now = new Map(told.map((finding) => [`${finding.object}\n${finding.code}`, finding]));
    for (const [id, finding] of now) {
      if (this.#findings.get(id)?.message !== finding.message) this.#tellFinding(finding, placeOf(finding.object));
    }
    for (const [id, { object, code }] of this.#findings) {
      const place = placeOf(object);
      if (now.has(id) || place === undefined) continue;
      const fields = { event: 'config.acting', code, object };
      this.#log.info(fields, oneLine(`${place}: ${nameOf(object)}: ${code} holds no more`));
    }
    this.#findings = now;
  }

  #tellFinding({ object, code, message, fate }: Finding, place: string | undefined): void {
    const write = MESH_CODES[code].severity === 'info' ? this.#log.info : this.#log.warn;
    const state = fate === undefined ? message : toSentence(fate);
    write({ event: 'config.idle', code, object }, oneLine(`${place ?? object}: ${code}: ${nameOf(object)}: ${state}`));
  }

  /** What is wrong between objects, found when they were put together; what is new is told. */
  issues(all: readonly Issue[]): void {
    const now = new Map(all.map((issue) => [`${issue.object}\n${issue.code}\n${issue.message}`, issue]));
    for (const [id, { object, code, message, origin }] of now) {
      if (this.#issues.has(id)) continue;
      const place = origin === undefined ? '' : `${toPlace(origin)}: `;
      this.#log.warn(
        { event: 'config.issue', code, object },
        oneLine(`${place}${code}: ${object === undefined ? '' : `${nameOf(object)}: `}${message}`),
      );
    }
    this.#issues = new Set(now.keys());
  }

  /** An object was put out of force because a proxy refused what it compiles to, or because it could not be compiled. */
  isolated({ key, place, code, because }: Isolated): void {
    this.#log.error(
      { event: 'config.quarantined', code, object: key, place },
      oneLine(
        `${place}: ${code}: ${nameOf(key)} is out of force until it changes, its last good version (if any) is served: ${because}`,
      ),
    );
  }
}

/** An object that was put out of force. */
export interface Isolated {
  readonly key: ObjectKey;
  readonly place: string;
  readonly code: NoteCode;
  readonly because: string;
}

/** `VirtualService default/reviews`, for people. */
export function nameOf(key: ObjectKey): string {
  const [kind = '', namespace = '', ...name] = key.split('/');
  return namespace === '' ? `${kind} ${name.join('/')}` : `${kind} ${namespace}/${name.join('/')}`;
}

function describeObjects(objects: readonly ObjectKey[]): string {
  const named = objects.slice(0, NAMED).map(nameOf).join(', ');
  return objects.length > NAMED ? `${named} and ${objects.length - NAMED} more` : named;
}

/** The names themselves while they are few, else how many. */
function listNames(proxies: readonly string[]): string {
  return proxies.length > NAMED ? `${proxies.length} proxies` : proxies.join(', ');
}

/** What users write, and what Envoy says of it, goes over several lines; a fact in the log does not. */
function oneLine(text: string): string {
  return text.replace(/\s*[\r\n\u2028\u2029]+\s*/g, ' ').trim();
}

/** A fate in one line, for debug pages. */
export function toSentence(fate: Fate): string {
  switch (fate.kind) {
    case 'applied':
      return 'applied';
    case 'shadowed':
      return `shadowed by ${nameOf(fate.by)}: ${fate.because}`;
    default:
      return `${fate.kind}: ${fate.because}`;
  }
}
