import { isUtf8 } from 'node:buffer';
import { readFileSync, type Stats, statSync } from 'node:fs';
import type { ConfigDocument } from '../../config/read/config-document.ts';
import { readDocuments } from '../../config/read/read-documents.ts';

/** No hand-written or generated configuration is larger; what is, was put there by mistake. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** What was found at a path. `signature` differs whenever the content may differ. */
export type Found =
  | { readonly kind: 'file'; readonly signature: string; readonly touchedMs: number; readonly bytes: number }
  | { readonly kind: 'directory'; readonly identity: string }
  | { readonly kind: 'missing' }
  /** It is there, but is no file that can be read; `because` ends a sentence that begins with its name. */
  | { readonly kind: 'unusable'; readonly because: string };

/** What a file held when it was read. */
export type FileContent =
  | { readonly kind: 'documents'; readonly documents: readonly ConfigDocument[] }
  | { readonly kind: 'unusable'; readonly because: string };

/** Looks at a path, through links. Never throws. */
export function findAt(path: string): Found {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) return { kind: 'directory', identity: `${identityOf(stats)}:${stats.birthtimeMs}` };
    // A pipe would block whoever reads it.
    if (!stats.isFile()) return { kind: 'unusable', because: 'is not a regular file' };
    return toFile(stats);
  } catch (error) {
    return toFailure(error);
  }
}

/**
 * Reads the objects of a file. Reading is synchronous because for thousands of small files it takes a tenth of the time.
 *
 * @param path Where the file is.
 * @param name What places in it are called.
 */
export function readConfigFile(path: string, name: string): FileContent {
  try {
    const bytes = readFileSync(path);
    if (bytes.length > MAX_FILE_BYTES) return { kind: 'unusable', because: `is larger than ${MAX_FILE_BYTES} bytes` };
    if (!isUtf8(bytes)) return { kind: 'unusable', because: 'is not UTF-8 text' };
    return { kind: 'documents', documents: readDocuments(bytes.toString('utf8'), name) };
  } catch (error) {
    return { kind: 'unusable', because: becauseOf(error) };
  }
}

/** The same for every path that leads to the same file or directory; once that is gone, another may get it. */
export function identityOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}`;
}

/** The end of a sentence that begins with a path: why the system would not open it. */
export function becauseOf(error: unknown): string {
  const code = codeOf(error);
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  if (code === 'ELOOP') return 'is a link that leads back to itself';
  return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
}

function toFile(stats: Stats): Found {
  return {
    kind: 'file',
    signature: `${identityOf(stats)}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`,
    touchedMs: Math.max(stats.mtimeMs, stats.ctimeMs),
    bytes: stats.size,
  };
}

function toFailure(error: unknown): Found {
  const code = codeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR'
    ? { kind: 'missing' }
    : { kind: 'unusable', because: becauseOf(error) };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
