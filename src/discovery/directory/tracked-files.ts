import type { ConfigDocument } from '../../config/read/config-document.ts';
import type { SourceChange, SourceGroup } from '../source.ts';
import { type FileContent, type Found, findAt, readConfigFile } from './config-file.ts';
import { fileEmpty, fileUnreadable } from './directory-issues.ts';
import { judge, MAX_SETTLE_MS, type SettleTimes, type Sight, toSignature, type Verdict } from './settle.ts';

/** A file that has been told to the listener. */
interface TrackedFile {
  readonly signature: string;
  readonly documents: readonly ConfigDocument[];
}

/** A file whose news waits to be told together with that of others. */
interface ReadyFile {
  readonly group: SourceGroup | undefined;
  readonly verb: 'appeared' | 'changed' | 'went away';
}

/** News is held back while other files of the same burst still settle, but not for longer than so many settle times. */
const MAX_HOLD = 5;

/**
 * The files of a directory: which were told with which content, and which are being looked at because something happened to them.
 * Knows nothing of how happenings are noticed; whoever does calls `touch`, then `look` in short intervals while `isSettling`.
 */
export class TrackedFiles {
  readonly #times: SettleTimes;
  readonly #tracked = new Map<string, TrackedFile>();
  readonly #sights = new Map<string, Sight | undefined>();
  readonly #ready = new Map<string, ReadyFile>();
  #readySinceMs = 0;

  constructor(times: SettleTimes) {
    this.#times = times;
  }

  /** Whether there is anything to look at again. */
  get isSettling(): boolean {
    return this.#sights.size > 0 || this.#ready.size > 0;
  }

  /** Paths of everything that was told. */
  paths(): IterableIterator<string> {
    return this.#tracked.keys();
  }

  /** Something may have happened at `path`. */
  touch(path: string): void {
    if (!this.#sights.has(path)) this.#sights.set(path, undefined);
  }

  /** The same for every known file at or below `path`. */
  touchBelow(path: string): void {
    for (const known of this.#tracked.keys()) if (known === path || known.startsWith(`${path}/`)) this.touch(known);
  }

  /** Reads a file as it is, without waiting: for the first load. */
  load(path: string): SourceGroup | undefined {
    const found = findAt(path);
    if (found.kind === 'missing' || found.kind === 'directory') return undefined;
    return this.#track(path, found, contentOf(path, found));
  }

  /** Paths to look at in this round. */
  pending(): readonly string[] {
    return [...this.#sights.keys()];
  }

  /**
   * Looks at one path, and reads it if it has settled.
   *
   * @returns what is there, so that the caller can walk directories.
   */
  look(path: string, nowMs: number, wallMs: number): Found {
    const found = findAt(path);
    const signature = toSignature(found);
    const before = this.#sights.get(path);
    const sight =
      before?.signature === signature ? before : { signature, sinceMs: nowMs, firstMs: before?.firstMs ?? nowMs };
    this.#sights.set(path, sight);
    // A file that was last touched long ago has settled, even if nobody looked.
    const ageMs = Math.max(
      nowMs - sight.sinceMs,
      found.kind === 'file' && found.bytes > 0 ? wallMs - found.touchedMs : 0,
      found.kind === 'file' && found.bytes > 0 && nowMs - sight.firstMs >= MAX_SETTLE_MS ? Number.POSITIVE_INFINITY : 0,
    );
    const verdict = judge(found, this.#tracked.get(path)?.signature, ageMs, this.#times);
    if (this.#settle(path, found, verdict, nowMs - sight.sinceMs, nowMs)) this.#sights.delete(path);
    return found;
  }

  /** Everything that has settled, once nothing of the burst is still settling. */
  take(nowMs: number): SourceChange | undefined {
    if (this.#ready.size === 0) return undefined;
    const heldMs = nowMs - this.#readySinceMs;
    const mustWait = [...this.#sights.values()].some((sight) => sight?.signature !== 'missing');
    if (mustWait && heldMs < this.#times.settleMs * MAX_HOLD) return undefined;
    if (this.#mayBeMoving() && heldMs < this.#times.vanishMs + this.#times.settleMs) return undefined;
    const ready = [...this.#ready].sort(([a], [b]) => (a < b ? -1 : 1));
    this.#ready.clear();
    return {
      reason: toReason(ready),
      groups: ready.flatMap(([, { group }]) => (group ? [group] : [])),
      removed: ready.filter(([, { group }]) => group === undefined).map(([path]) => path),
    };
  }

  /** A file that appears while another is away may be that file under another name: told apart, its objects would be there twice. */
  #mayBeMoving(): boolean {
    const isAway = [...this.#sights].some(([path, sight]) => sight?.signature === 'missing' && this.#tracked.has(path));
    return isAway && [...this.#ready.values()].some(({ verb }) => verb === 'appeared');
  }

  /** @returns whether the path needs no further look. */
  #settle(path: string, found: Found, verdict: Verdict, seenMs: number, nowMs: number): boolean {
    if (verdict === 'wait') return false;
    if (verdict === 'same') return true;
    const known = this.#tracked.get(path);
    if (verdict === 'remove') {
      this.#tracked.delete(path);
      this.#hold(path, { group: undefined, verb: 'went away' }, nowMs);
      return true;
    }
    const content = contentOf(path, found);
    // Written to while it was read: what was read may be half of it.
    if (toSignature(findAt(path)) !== toSignature(found)) return false;
    const isEmptied =
      content.kind === 'documents' && content.documents.length === 0 && known && known.documents.length > 0;
    if (isEmptied && seenMs < this.#times.vanishMs) return false;
    this.#hold(path, { group: this.#track(path, found, content), verb: known ? 'changed' : 'appeared' }, nowMs);
    return true;
  }

  #track(path: string, found: Found, content: FileContent): SourceGroup {
    const known = this.#tracked.get(path);
    const isReadable = content.kind === 'documents';
    const documents = isReadable ? reuse(content.documents, known?.documents ?? []) : (known?.documents ?? []);
    this.#tracked.set(path, { signature: toSignature(found), documents });
    if (!isReadable) return { id: path, objects: documents, issues: [fileUnreadable(path, content.because)] };
    return { id: path, objects: documents, issues: documents.length === 0 ? [fileEmpty(path)] : [] };
  }

  #hold(path: string, ready: ReadyFile, nowMs: number): void {
    if (this.#ready.size === 0) this.#readySinceMs = nowMs;
    this.#ready.set(path, ready);
  }
}

/** What is not a file is not opened: a pipe would never end. */
function contentOf(path: string, found: Found): FileContent {
  return found.kind === 'unusable' ? found : readConfigFile(path, path);
}

/** Documents that say, where they said it, what they said before are the identical values. */
function reuse(documents: readonly ConfigDocument[], known: readonly ConfigDocument[]): readonly ConfigDocument[] {
  if (known.length === 0) return documents;
  const byPlace = new Map(known.map((document) => [`${document.line} ${document.identity}`, document]));
  return documents.map((document) => byPlace.get(`${document.line} ${document.identity}`) ?? document);
}

function toReason(ready: readonly (readonly [string, ReadyFile])[]): string {
  const [first, ...others] = ready;
  if (first === undefined) return 'nothing changed';
  const [path, { verb }] = first;
  return others.length === 0 ? `${path} ${verb}` : `${path} and ${others.length} more files changed`;
}
