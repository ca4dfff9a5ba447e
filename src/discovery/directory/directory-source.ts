import { basename, join, normalize } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Clock, sleep, systemClock, type Timer } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { ConfigSource, SourceGroup, SourceListener } from '../source.ts';
import { findAt } from './config-file.ts';
import { directoryMissing, fileUnreadable } from './directory-issues.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { isConfigFile, isHidden, isMountSwap } from './file-name.ts';
import type { SettleTimes } from './settle.ts';
import { TrackedFiles } from './tracked-files.ts';
import { walk } from './walk.ts';

const log = createLog('directory');

/** How a directory is watched. Times in milliseconds. */
export interface DirectoryOptions extends Partial<SettleTimes> {
  /** As the user wrote it: places of issues begin with it. */
  readonly path: string;
  /** The namespace of objects that name none; `default` when absent. */
  readonly defaultNamespace?: string;
  /** How often everything is looked at, in case the system kept silent; 30,000 when absent. */
  readonly rescanMs?: number;
  readonly clock?: Clock;
}

/** How long one turn of the event loop may take while many files are looked at. */
const SLICE_MS = 20;
/** How often a directory that is not there is looked for. */
const MISSING_POLL_MS = 250;

/**
 * Objects from the YAML and JSON files of a directory and all below it, which may change under it in any way that editors, git, rsync and
 * Kubernetes' ConfigMap mounts change files.
 *
 * Synced once the directory was there: one that is mounted late must not begin with an empty mesh, which proxies would be told.
 *
 * A directory that goes away as a whole takes nothing with it: an unmounted volume must not empty the mesh. Deleting files does.
 */
export class DirectorySource implements ConfigSource {
  readonly name: string;
  readonly defaultNamespace: string;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #settleMs: number;
  readonly #rescanMs: number;
  readonly #files: TrackedFiles;
  readonly #watch: DirectoryWatch;
  /** Every directory that was walked; others are watched only for the sake of links. */
  readonly #directories = new Set<string>();
  /** Links by the directory that their body lies in. */
  readonly #links = new Map<string, Set<string>>();
  readonly #troubles = new Map<string, SourceGroup>();
  #listener: SourceListener | undefined;
  #settling: Promise<void> | undefined;
  #timer: Timer | undefined;
  #isMissing = false;
  #isLoaded = false;
  #isSynced = false;
  readonly #stopping = new AbortController();

  constructor(options: DirectoryOptions) {
    const { path, settleMs = 20, vanishMs = 150, rescanMs = 30_000, clock = systemClock } = options;
    this.defaultNamespace = options.defaultNamespace ?? 'default';
    this.name = `directory ${path}`;
    this.#path = normalize(path).replace(/(?<=.)\/$/, '');
    this.#clock = clock;
    this.#settleMs = settleMs;
    this.#rescanMs = rescanMs;
    this.#files = new TrackedFiles({ settleMs, vanishMs });
    this.#watch = new DirectoryWatch(
      (directory, entry) => this.#onEntry(directory, entry),
      (directory, err) => {
        // It went between being found and being watched, and nobody else would tell that it is back.
        if (directory === this.#path && findAt(directory).kind === 'missing') return this.#files.touch(directory);
        log.warn({ event: 'directory.unwatched', directory, err }, 'cannot watch, so changes are found by looking');
      },
    );
  }

  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    const paths = await this.#walk(this.#path);
    const groups: SourceGroup[] = [];
    await this.#inSlices(paths, (path) => {
      const group = this.#files.load(path);
      if (group !== undefined) groups.push(group);
    });
    this.#checkRoot();
    this.#isLoaded = true;
    this.#tell(`${this.#path} was read`, [...groups, ...this.#troubles.values()], []);
    if (this.#stopping.signal.aborted) return;
    if (!this.#trySync()) log.warn({ event: 'directory.awaited', directory: this.#path }, toAwaited(this.#path));
    this.#planRescan();
    if (this.#files.isSettling) void this.#settle();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    this.#watch.close();
    await this.#settling;
  }

  /** Looks at everything now, as is done from time to time anyway. */
  async rescan(): Promise<void> {
    for (const path of await this.#walk(this.#path)) this.#files.touch(path);
    for (const path of this.#files.paths()) this.#files.touch(path);
    await this.#settle();
    this.#trySync();
  }

  /** Synced once the directory was there and could be listed: until then, that it holds nothing means nothing. @returns whether it is. */
  #trySync(): boolean {
    const mayBegin = findAt(this.#path).kind === 'directory' && !this.#troubles.has(this.#path);
    if (this.#isSynced || !mayBegin || this.#stopping.signal.aborted) return this.#isSynced;
    this.#isSynced = true;
    this.#listener?.onSynced();
    return true;
  }

  #onEntry(directory: string, entry: string | undefined): void {
    if (this.#stopping.signal.aborted) return;
    for (const link of this.#links.get(directory) ?? []) this.#files.touch(link);
    if (this.#directories.has(directory)) this.#touchEntry(directory, entry);
    if (this.#files.isSettling && this.#isLoaded) void this.#settle();
  }

  #touchEntry(directory: string, entry: string | undefined): void {
    if (entry === undefined || isMountSwap(entry)) this.#files.touch(directory);
    else if (mayMatter(join(directory, entry), entry)) this.#files.touch(join(directory, entry));
    // A directory that was moved or deleted names itself.
    if (entry === basename(directory)) this.#files.touch(directory);
  }

  /** Looks at what was touched until all of it has settled. */
  #settle(): Promise<void> {
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
      // Touched in the very turn in which the last round ended.
      if (this.#files.isSettling && !this.#stopping.signal.aborted) void this.#settle();
    });
    return this.#settling;
  }

  async #settleAll(): Promise<void> {
    await nextTurn();
    while (this.#files.isSettling && !this.#stopping.signal.aborted) {
      await this.#lookAround();
      const change = this.#files.take(this.#clock.monotonic());
      if (change !== undefined) this.#tell(change.reason, change.groups, change.removed);
      if (this.#files.isSettling) await this.#pause(this.#settleMs);
    }
  }

  async #lookAround(): Promise<void> {
    // What a missing directory held is not gone until the directory is back.
    if (this.#checkRoot()) return this.#pause(MISSING_POLL_MS);
    await this.#inSlices(this.#files.pending(), async (path) => {
      const found = this.#files.look(path, this.#clock.monotonic(), this.#clock.now());
      if (found.kind === 'directory') {
        for (const file of await this.#walk(path)) this.#files.touch(file);
        this.#files.touchBelow(path);
      } else if (found.kind === 'missing') {
        this.#forget(path);
        this.#files.touchBelow(path);
        // Made anew between two looks, it would be watched by nobody.
        if (path === this.#path) this.#files.touch(path);
      }
    });
  }

  /** Walks a directory, watches what it finds, and resolves with the paths of files. */
  async #walk(path: string): Promise<readonly string[]> {
    const files: string[] = [];
    const steps = walk(path, {
      onDirectory: (directory, identity) => {
        this.#directories.add(directory);
        this.#watch.add(directory, identity);
        this.#clearTrouble(directory);
      },
      onFile: (file) => files.push(file),
      onLink: (file, directory) => this.#watchLink(file, directory),
      onTrouble: (directory, because) => this.#setTrouble(directory, fileUnreadable(directory, because)),
    });
    await this.#inSlices(steps, () => {});
    return files;
  }

  #watchLink(file: string, directory: string): void {
    const found = findAt(directory);
    if (found.kind !== 'directory') return;
    const links = this.#links.get(directory) ?? new Set();
    this.#links.set(directory, links.add(file));
    this.#watch.add(directory, found.identity);
  }

  /** @returns whether the directory is missing. */
  #checkRoot(): boolean {
    // A file in its place holds nothing of it either.
    const { kind } = findAt(this.#path);
    const isMissing = kind === 'missing' || kind === 'file';
    if (isMissing === this.#isMissing) return isMissing;
    this.#isMissing = isMissing;
    if (isMissing) {
      this.#watch.remove(this.#path);
      this.#setTrouble(this.#path, directoryMissing(this.#path));
    } else {
      this.#clearTrouble(this.#path);
      this.#files.touch(this.#path);
    }
    this.#planRescan();
    return isMissing;
  }

  /** A path is gone: nothing at or below it is a directory any more, or in trouble. */
  #forget(path: string): void {
    const isGone = (known: string) => known === path || known.startsWith(`${path}/`);
    this.#watch.remove(path);
    for (const directory of this.#directories) if (isGone(directory)) this.#directories.delete(directory);
    for (const trouble of [...this.#troubles.keys()]) if (isGone(trouble)) this.#clearTrouble(trouble);
  }

  #setTrouble(path: string, issue: SourceGroup['issues'][number]): void {
    const group: SourceGroup = { id: `${path}/`, objects: [], issues: [issue] };
    this.#troubles.set(path, group);
    this.#tell(issue.message, [group], []);
  }

  #clearTrouble(path: string): void {
    if (this.#troubles.delete(path)) this.#tell(`${path} can be read`, [], [`${path}/`]);
  }

  #planRescan(): void {
    this.#timer?.cancel();
    if (this.#stopping.signal.aborted) return;
    const ms = this.#isMissing || !this.#isSynced ? MISSING_POLL_MS : this.#rescanMs;
    this.#timer = this.#clock.setTimeout(() => {
      const isLooked = this.#checkRoot() ? Promise.resolve() : this.rescan();
      void isLooked.then(() => this.#planRescan());
    }, ms);
  }

  #tell(reason: string, groups: readonly SourceGroup[], removed: readonly string[]): void {
    if (this.#stopping.signal.aborted || !this.#isLoaded) return;
    this.#listener?.onChange({ reason, groups, removed });
  }

  /** Takes one item after the other, and lets others run between them. */
  async #inSlices<T>(items: Iterable<T>, take: (item: T) => void | Promise<void>): Promise<void> {
    let sinceMs = this.#clock.monotonic();
    for (const item of items) {
      if (this.#stopping.signal.aborted) return;
      await take(item);
      if (this.#clock.monotonic() - sinceMs < SLICE_MS) continue;
      await nextTurn();
      sinceMs = this.#clock.monotonic();
    }
  }

  /** Ends early when the source stops. */
  async #pause(ms: number): Promise<void> {
    await sleep(this.#clock, ms, this.#stopping.signal).catch(() => {});
  }
}

function toAwaited(directory: string): string {
  return `waiting for ${directory}: it is not there or cannot be listed, and nothing is served before it was read once`;
}

/** Whether something that happened at `path` is worth a look: to a file that may hold objects, or to a directory. */
function mayMatter(path: string, name: string): boolean {
  return !isHidden(name) && (isConfigFile(name) || findAt(path).kind !== 'file');
}
