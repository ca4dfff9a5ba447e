import { type FSWatcher, watch } from 'node:fs';
import { basename } from 'node:path';

/** Told that something happened to an entry of a watched directory; no name means "look at all of it". */
export type OnEntry = (directory: string, entry: string | undefined) => void;

/**
 * Watches directories, one by one.
 *
 * Not `recursive`: on Linux Node emulates that with a watch for every single file, which thousands of files turn into a failure.
 */
export class DirectoryWatch {
  readonly #onEntry: OnEntry;
  readonly #onFailure: (directory: string, error: unknown) => void;
  /** By path; the identity tells a directory from another that took its name. */
  readonly #watchers = new Map<string, { readonly identity: string; readonly watcher: FSWatcher }>();

  constructor(onEntry: OnEntry, onFailure: (directory: string, error: unknown) => void) {
    this.#onEntry = onEntry;
    this.#onFailure = onFailure;
  }

  /** Watches a directory; does nothing when exactly that one is being watched. A failure is reported and leaves it unwatched. */
  add(directory: string, identity: string): void {
    const known = this.#watchers.get(directory);
    if (known?.identity === identity) return;
    known?.watcher.close();
    this.#watchers.delete(directory);
    try {
      const watcher = watch(directory, { persistent: false }, (event, entry) => {
        // A directory that is deleted or moved names itself, and is silent from then on; another may have its name and number by now.
        if (event === 'rename' && entry === basename(directory)) this.#drop(directory, watcher);
        this.#onEntry(directory, entry ?? undefined);
      });
      watcher.on('error', (error) => this.#fail(directory, error));
      this.#watchers.set(directory, { identity, watcher });
    } catch (error) {
      this.#onFailure(directory, error);
    }
  }

  /** Stops watching a directory and everything below it. */
  remove(directory: string): void {
    for (const [path, { watcher }] of this.#watchers) {
      if (path !== directory && !path.startsWith(`${directory}/`)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }

  /** Ends all watching. */
  close(): void {
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #drop(directory: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(directory)?.watcher === watcher) this.#watchers.delete(directory);
  }

  #fail(directory: string, error: unknown): void {
    this.remove(directory);
    this.#onFailure(directory, error);
  }
}
