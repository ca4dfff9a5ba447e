import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, sleep, systemClock } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { hashOfAll } from '../kit/hash.ts';
import { createLog } from '../kit/log.ts';
import { FILE, type NamedTexts } from './material-files.ts';
import type { MaterialSource, SourceWatcher, StoredFiles } from './store.ts';

/** How to look at a folder. */
export interface FolderOptions {
  readonly clock?: Clock;
  /** How often it is looked at, in milliseconds; 1000 when absent. */
  readonly everyMs?: number;
}

const NAMES: ReadonlySet<string> = new Set(Object.values(FILE));
const log = createLog('ca');

/**
 * Material that somebody else puts into a folder: a mounted Secret.
 *
 * It is looked at every second rather than watched: mounts of Secrets change by links that are exchanged, network file
 * systems tell nobody, and a few small files are read in no time. A state counts when it was the same twice: whoever
 * copies files one by one is done by then.
 */
export class FolderSource implements MaterialSource {
  readonly place: string;
  readonly #clock: Clock;
  readonly #everyMs: number;

  constructor(folder: string, { clock = systemClock, everyMs = 1000 }: FolderOptions = {}) {
    this.place = folder;
    this.#clock = clock;
    this.#everyMs = everyMs;
  }

  /** All files of Istio's names; undefined when there is none. */
  async read(): Promise<StoredFiles | undefined> {
    const files = await readNamed(this.place, NAMES);
    if (Object.keys(files).length === 0) return undefined;
    return { files, version: hashOfAll(Object.entries(files).flat()) };
  }

  /** Looks until the signal aborts. */
  async watch({ since, tell }: SourceWatcher, signal: AbortSignal): Promise<void> {
    let told = since;
    let seen = told;
    while (await isStillWanted(sleep(this.#clock, this.#everyMs, signal))) {
      const before = seen;
      const stored = await this.#tryRead(seen);
      seen = stored?.version;
      if (seen === told || seen !== before) continue;
      told = seen;
      tell(stored);
    }
  }

  async #tryRead(before: string | undefined): Promise<StoredFiles | undefined> {
    try {
      return await this.read();
    } catch (error) {
      log.warn({ event: 'ca.folder', detail: Fault.from(error).message }, `${this.place} cannot be read`);
      return before === undefined ? undefined : { files: {}, version: before };
    }
  }
}

/** The files of a folder that have these names; none when there is no such folder. */
export async function readNamed(folder: string, names: ReadonlySet<string>): Promise<NamedTexts> {
  const present = await readdir(folder).catch((error: unknown) => {
    if (Fault.from(error).code === 'NOT_FOUND') return [];
    throw Fault.from(error);
  });
  const wanted = present.filter((name) => names.has(name)).sort();
  const texts = await Promise.all(wanted.map((name) => readFile(path.join(folder, name), 'utf8')));
  return Object.fromEntries(wanted.map((name, at) => [name, texts[at] ?? '']));
}

/** Whether waiting ended by itself. */
export async function isStillWanted(waiting: Promise<void>): Promise<boolean> {
  return waiting.then(
    () => true,
    () => false,
  );
}
