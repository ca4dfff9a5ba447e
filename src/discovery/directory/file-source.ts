import { realpathSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Clock, sleep, systemClock, type Timer } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { ConfigSource, SourceListener } from '../source.ts';
import { findAt } from './config-file.ts';
import { DirectoryWatch } from './directory-watch.ts';
import { isMountSwap } from './file-name.ts';
import type { SettleTimes } from './settle.ts';
import { TrackedFiles } from './tracked-files.ts';

const log = createLog('directory');

/** How a file is watched. Times in milliseconds. */
export interface FileOptions extends Partial<SettleTimes> {
  /** As the user wrote it; the file need not exist, and its name may end in anything. */
  readonly path: string;
  /** How often the file is looked at, in case the system kept silent; 5,000 when absent. */
  readonly rescanMs?: number;
  readonly clock?: Clock;
}

/** One file, which may change, go away and appear like those of a directory source. That it is not there is no issue. */
export class FileSource implements ConfigSource {
  readonly name: string;
  readonly defaultNamespace = 'default';
  readonly #path: string;
  readonly #clock: Clock;
  readonly #settleMs: number;
  readonly #rescanMs: number;
  readonly #files: TrackedFiles;
  readonly #watch: DirectoryWatch;
  readonly #stopping = new AbortController();
  #listener: SourceListener | undefined;
  #settling: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor({ path, settleMs = 20, vanishMs = 150, rescanMs = 5_000, clock = systemClock }: FileOptions) {
    this.name = `file ${path}`;
    this.#path = path;
    this.#clock = clock;
    this.#settleMs = settleMs;
    this.#rescanMs = rescanMs;
    this.#files = new TrackedFiles({ settleMs, vanishMs });
    this.#watch = new DirectoryWatch(
      (_, entry) => this.#onEntry(entry),
      (directory, err) =>
        log.warn({ event: 'directory.unwatched', directory, err }, 'cannot watch, so changes are found by looking'),
    );
  }

  async start(listener: SourceListener): Promise<void> {
    this.#watchFolders();
    const group = this.#files.load(this.#path);
    this.#listener = listener;
    listener.onChange({ reason: `${this.#path} was read`, groups: group ? [group] : [], removed: [] });
    listener.onSynced();
    this.#planLook();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.cancel();
    this.#watch.close();
    await this.#settling;
  }

  #onEntry(entry: string | undefined): void {
    this.#watchFolders();
    if (entry === undefined || isMountSwap(entry) || entry === basename(this.#path)) this.#look();
  }

  #look(): void {
    this.#files.touch(this.#path);
    this.#settling ??= this.#settle().finally(() => {
      this.#settling = undefined;
    });
  }

  async #settle(): Promise<void> {
    while (this.#files.isSettling && !this.#stopping.signal.aborted) {
      const nowMs = this.#clock.monotonic();
      for (const path of this.#files.pending()) this.#files.look(path, nowMs, this.#clock.now());
      const change = this.#files.take(nowMs);
      if (change !== undefined) this.#listener?.onChange(change);
      if (this.#files.isSettling) await sleep(this.#clock, this.#settleMs, this.#stopping.signal).catch(() => {});
    }
  }

  /** The file's folder, and that of its body when it is a link. */
  #watchFolders(): void {
    for (const folder of new Set([dirname(resolve(this.#path)), dirname(realPathOf(this.#path))])) {
      const found = findAt(folder);
      if (found.kind === 'directory') this.#watch.add(folder, found.identity);
    }
  }

  #planLook(): void {
    this.#timer = this.#clock.setTimeout(() => {
      this.#watchFolders();
      this.#look();
      this.#planLook();
    }, this.#rescanMs);
  }
}

function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
