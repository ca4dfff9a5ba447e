import path from 'node:path';
import type { SourceFile } from '../../tools/lint/source.ts';

/** One import of a file. */
export interface Import {
  readonly from: string;
  /** A path from the repository's root, or a package's name. */
  readonly to: string;
  readonly kind: 'file' | 'package' | 'node';
}

/** `from '…'`, a bare `import '…'` and `import('…')`: what follows the word is read from the text, for code is blanked. */
const importWords = /\bfrom\s*(?=['"])|\bimport\s*\(?\s*(?=['"])/g;

/** Every import of a file, dynamic ones and those of types too: a type ties two folders together as well. */
export function listImports(file: SourceFile): readonly Import[] {
  return [...file.code.matchAll(importWords)].map((match) => {
    const target = /^['"]([^'"]*)['"]/.exec(file.text.slice(match.index + match[0].length))?.[1] ?? '';
    return toImport(file.path, target);
  });
}

function toImport(from: string, target: string): Import {
  if (target.startsWith('node:')) return { from, to: target, kind: 'node' };
  if (target.startsWith('.')) return { from, to: path.posix.join(path.posix.dirname(from), target), kind: 'file' };
  const parts = target.split('/');
  return { from, to: parts.slice(0, target.startsWith('@') ? 2 : 1).join('/'), kind: 'package' };
}
