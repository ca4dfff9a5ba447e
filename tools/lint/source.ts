import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A source file of the repository. */
export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** The text with comments and the contents of strings blanked out, so that positions stay. */
  readonly code: string;
  /** The text with everything but comments blanked out. */
  readonly comments: string;
}

/** Written by a generator, so no person's style is in it. */
const generated = ['src/gen/messages.ts'];

/** Every TypeScript file below the folders, sorted by path. */
export function listSourceFiles(repository: string, folders: readonly string[]): readonly SourceFile[] {
  return folders
    .flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: repository }))
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !generated.includes(file) && !file.includes('/node_modules/') && !file.startsWith('src/ui/'))
    .sort()
    .map((file) => createSourceFile(file, readFileSync(path.join(repository, file), 'utf8')));
}

/** A source file from its text. */
export function createSourceFile(file: string, text: string): SourceFile {
  return { path: file, text, code: blankOut(text), comments: keepComments(text) };
}

/** Whether the file holds tests. */
export function isTest(file: SourceFile): boolean {
  return file.path.endsWith('.test.ts') || file.path.startsWith('test/');
}

// In this order: a comment, a template, a string, a regular expression where one may begin.
const ignorable =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|`(?:\\[\s\S]|\$\{(?:[^{}]|\{[^{}]*\})*\}|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|(?<=(?:[=(,:[!&|?{};]|return)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*/g;

function blankOut(text: string): string {
  return text.replace(ignorable, (found) => {
    const quote = /^['"`]/.test(found) ? found.charAt(0) : ' ';
    const inner = blank(found.slice(1, -1));
    return `${quote}${inner}${found.length > 1 ? quote : ''}`;
  });
}

function keepComments(text: string): string {
  let comments = '';
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ignorable)) {
    comments += blank(text.slice(end, index)) + (/^\/[/*]/.test(found) ? found : blank(found));
    end = index + found.length;
  }
  return comments + blank(text.slice(end));
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ');
}
