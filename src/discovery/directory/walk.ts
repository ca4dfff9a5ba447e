import { type Dirent, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { becauseOf, findAt } from './config-file.ts';
import { isConfigFile, isHidden } from './file-name.ts';

/** What a walk meets, in no particular order. */
export interface WalkVisitor {
  /** Before a directory is listed, so that a watch set here misses nothing that the list does not have. */
  onDirectory(path: string, identity: string): void;
  /** A file that may hold objects; its content was not looked at. */
  onFile(path: string): void;
  /** A file whose body lies elsewhere: changes of it happen in `directory`. */
  onLink(path: string, directory: string): void;
  /** A directory that cannot be listed, or that leads back to itself. */
  onTrouble(path: string, because: string): void;
}

/** Walks a directory and all below it, through links, and yields after each directory so that the caller can let others run. */
export function* walk(path: string, visitor: WalkVisitor, ancestors: readonly string[] = []): Generator<undefined> {
  const found = findAt(path);
  if (found.kind === 'unusable') visitor.onTrouble(path, found.because);
  if (found.kind !== 'directory') return;
  if (ancestors.includes(found.identity)) return visitor.onTrouble(path, 'leads back to a directory that contains it');
  visitor.onDirectory(path, found.identity);
  yield;
  for (const entry of listEntries(path, visitor)) {
    const child = join(path, entry.name);
    if (isHidden(entry.name)) continue;
    if (entry.isDirectory()) yield* walk(child, visitor, [...ancestors, found.identity]);
    else if (entry.isSymbolicLink()) yield* walkLink(child, entry.name, visitor, [...ancestors, found.identity]);
    else if (isConfigFile(entry.name)) visitor.onFile(child);
  }
}

function* walkLink(
  path: string,
  name: string,
  visitor: WalkVisitor,
  ancestors: readonly string[],
): Generator<undefined> {
  const found = findAt(path);
  if (found.kind === 'directory') return yield* walk(path, visitor, ancestors);
  if (!isConfigFile(name)) return;
  visitor.onFile(path);
  const target = realPathOf(path);
  if (target !== undefined) visitor.onLink(path, dirname(target));
}

function listEntries(path: string, visitor: WalkVisitor): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (error) {
    visitor.onTrouble(path, becauseOf(error));
    return [];
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined; // the link leads nowhere now; the file itself is reported as missing
  }
}
