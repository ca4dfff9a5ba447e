import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Clock, sleep, systemClock } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { caFault } from './fault.ts';
import { isStillWanted, readNamed } from './folder-source.ts';
import { FILE, type NamedTexts } from './material-files.ts';
import { RETIRED_FILE } from './retired-roots.ts';
import type { CaStore, SourceWatcher, StoredFiles } from './store.ts';

const LINK = 'ca';
const NAMES: ReadonlySet<string> = new Set([...Object.values(FILE), 'key.pem', RETIRED_FILE]);
const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
const OTHERS = 0o077;
const ROOT = 0;
const EVERY_MS = 1000;

/**
 * Material in files of a state directory, which only its owner can read.
 *
 * Each version has a folder of its own, and the link `ca` names the one that counts. Making a link fails when there is
 * one, and exchanging it is one step: whoever reads has all files of one version, and of two processes that start
 * together one makes the root.
 */
export class DirectoryCaStore implements CaStore {
  readonly place: string;
  readonly #folder: string;
  readonly #clock: Clock;

  constructor(folder: string, clock: Clock = systemClock) {
    this.#folder = path.resolve(folder);
    this.place = path.join(this.#folder, LINK);
    this.#clock = clock;
  }

  /** @throws Fault `CA_STORE_UNUSABLE` when others than the owner can read the key. */
  async read(): Promise<StoredFiles | undefined> {
    const version = await this.#findVersion();
    if (version === undefined) return undefined;
    const folder = path.join(this.#folder, version);
    await this.#checkOwner(path.join(folder, FILE.key));
    return { files: await readNamed(folder, NAMES), version };
  }

  /** Writes a version and links it, unless one is linked. */
  async create(files: NamedTexts): Promise<StoredFiles | undefined> {
    const version = await this.#write(files);
    try {
      await symlink(version, this.place);
      return { files, version };
    } catch (error) {
      await rm(path.join(this.#folder, version), { recursive: true, force: true });
      if (isSystemError(error, 'EEXIST')) return undefined;
      throw unusable(this.#folder, error);
    }
  }

  /** Writes a version, links it in place of the other and removes that. */
  async replace(files: NamedTexts, version: string): Promise<StoredFiles> {
    if ((await this.#findVersion()) !== version)
      throw caFault('CA_STORE_CONFLICT', `${this.place} was changed by another process`);
    const next = await this.#write(files);
    const link = path.join(this.#folder, `.${next}.link`);
    await symlink(next, link);
    await rename(link, this.place);
    await rm(path.join(this.#folder, version), { recursive: true, force: true });
    return { files, version: next };
  }

  /** Looks at the link every second. */
  async watch({ since, tell }: SourceWatcher, signal: AbortSignal): Promise<void> {
    let told = since;
    while (await isStillWanted(sleep(this.#clock, EVERY_MS, signal))) {
      // A folder that cannot be read at this moment has not been emptied.
      const found = await this.read().then(
        (stored) => ({ stored }),
        () => undefined,
      );
      if (found === undefined || found.stored?.version === told) continue;
      told = found.stored?.version;
      tell(found.stored);
    }
  }

  async #findVersion(): Promise<string | undefined> {
    try {
      return path.basename(await readlink(this.place));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      // A folder in the link's place is one that an operator made.
      if (isSystemError(error, 'EINVAL')) return LINK;
      throw unusable(this.#folder, error);
    }
  }

  async #write(files: NamedTexts): Promise<string> {
    const version = `ca.${randomBytes(6).toString('hex')}`;
    const folder = path.join(this.#folder, version);
    try {
      await mkdir(this.#folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
      await mkdir(folder, { mode: OWNER_ONLY_FOLDER });
      // The process' umask may only take away; a folder that was there before keeps its mode.
      await chmod(folder, OWNER_ONLY_FOLDER);
      for (const [name, text] of Object.entries(files))
        await writeFile(path.join(folder, name), text, { mode: OWNER_ONLY_FILE, flush: true });
      return version;
    } catch (error) {
      throw unusable(this.#folder, error);
    }
  }

  /** In a folder that everybody can write, as mounted ones often are, everybody can set the link to a key of their own. */
  async #checkOwner(file: string): Promise<void> {
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) return;
    if ((found.mode & OTHERS) !== 0)
      throw caFault('CA_STORE_UNUSABLE', `${file} can be read by others than its owner: chmod 600 it`);
    const { uid } = await stat(this.#folder);
    if (![ROOT, process.geteuid?.(), uid].includes(found.uid))
      throw caFault('CA_STORE_UNUSABLE', `${file} belongs to user ${found.uid}: chown it, if it is meant`);
  }
}

function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function unusable(folder: string, error: unknown): Fault {
  const fault = Fault.from(error);
  return caFault('CA_STORE_UNUSABLE', `the state directory ${folder} cannot be used: ${fault.message}`, error);
}
