import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createLog } from '../../kit/log.ts';
import {
  type Secret,
  type SecretBoard,
  type SecretProvider,
  toCertificateSecret,
  toRootSecret,
} from './secret-board.ts';

const log = createLog('sds');

export interface FileSecretOptions {
  /** How long a file must be quiet before it is read again. Milliseconds. */
  readonly quietMs: number;
  /** Added to every trust root, if it is there. */
  readonly crlFile?: string;
  /** The workload's own certificate, where somebody has put it into files. */
  readonly own?: { readonly chain: string; readonly key: string; readonly root: string } | undefined;
  /** Where this machine keeps the roots that it trusts. */
  readonly systemRoots: readonly string[];
}

/** A certificate that was written halfway is not taken; it is looked at again until it can be. */
const RETRY_MS = 1000;

/**
 * Certificates and roots in files, under the names that control planes give them: `file-cert:<certificate>~<key>`, `file-root:<roots>`, and
 * `file-root:system` for those of the machine. A file that goes leaves what was read in force.
 */
export function createFileSecrets(options: FileSecretOptions): SecretProvider {
  return {
    provides: (name) => findFiles(name, options) !== undefined,
    start(name, board) {
      const files = findFiles(name, options) ?? [];
      return followFiles({ name, files, board, options });
    },
  };
}

function findFiles(name: string, { systemRoots, own }: FileSecretOptions): readonly string[] | undefined {
  if (own !== undefined && name === 'default') return [own.chain, own.key];
  if (own !== undefined && name === 'ROOTCA') return [own.root];
  if (name === 'file-root:system') return systemRoots;
  const cert = /^file-cert:([^~]+)~([^~]+)$/.exec(name);
  if (cert?.[1] !== undefined && cert[2] !== undefined) return [cert[1], cert[2]];
  const root = /^file-root:([^~]+)$/.exec(name)?.[1];
  return root === undefined ? undefined : [root];
}

interface Following {
  readonly name: string;
  readonly files: readonly string[];
  readonly board: SecretBoard;
  readonly options: FileSecretOptions;
}

function followFiles(following: Following): () => void {
  const { files, options } = following;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const plan = (ms: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), ms);
    timer.unref();
  };
  const look = async () => {
    if (isStopped) return;
    const isRead = await publish(following);
    if (!isRead && !isStopped) plan(RETRY_MS);
  };
  // Folders, not files: Kubernetes replaces mounted files by swapping a link beside them.
  const watchers = [...new Set(files.map((file) => path.dirname(file)))].flatMap((folder) => {
    try {
      return [watch(folder, { persistent: false }, () => plan(options.quietMs))];
    } catch {
      return [];
    }
  });
  void look();
  return () => {
    isStopped = true;
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}

/** @returns whether the files could be read */
async function publish({ name, files, board, options }: Following): Promise<boolean> {
  try {
    board.put(await read(name, files, options));
    return true;
  } catch (err) {
    const message = err instanceof Error ? err.message : String(err);
    log.warn({ event: 'sds.file', secret: name }, `${name} cannot be read: ${message}; what was read before stays`);
    return false;
  }
}

async function read(name: string, files: readonly string[], { crlFile }: FileSecretOptions): Promise<Secret> {
  if (name.startsWith('file-cert:') || name === 'default') {
    const [certificate = '', key = ''] = await Promise.all(files.map((file) => readPem(file)));
    return toCertificateSecret(name, certificate, key);
  }
  const roots = await readFirst(files);
  const hasCrl = crlFile !== undefined && (await readFile(crlFile).then(...isThere));
  return toRootSecret(name, roots, hasCrl ? crlFile : undefined);
}

const isThere = [() => true, () => false] as const;

async function readFirst(files: readonly string[]): Promise<string> {
  for (const file of files.slice(0, -1)) {
    const text = await readPem(file).catch(() => undefined);
    if (text !== undefined) return text;
  }
  return readPem(files.at(-1) ?? '');
}

async function readPem(file: string): Promise<string> {
  const text = await readFile(file, 'utf8');
  if (!text.includes('-----BEGIN ')) throw new Error(`${file} holds no PEM`);
  return text;
}
