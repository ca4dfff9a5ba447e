import { isTest, type SourceFile } from './source.ts';

/** Something in a file that the style does not allow. */
export interface Finding {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

/** A rule that Biome has no word for. */
export interface Rule {
  readonly name: string;
  readonly check: (file: SourceFile, context: LintContext) => readonly Finding[];
}

/** What rules know of all files together. */
export interface LintContext {
  /** Names of branded types: their constructors may say `as`. */
  readonly brands: ReadonlySet<string>;
}

const maxLines = 400;
const bannedSuffixes = ['Manager', 'Helper', 'Helpers', 'Util', 'Utils', 'Processor', 'Info', 'Data', 'Impl', 'Base'];

/** Names that others gave and that we use as they are, each with its reason. */
const namesOfOthers: Readonly<Record<string, string>> = {
  'http-connection-manager': "Envoy's filter of that name",
  HttpConnectionManager: "Envoy's filter of that name",
};

/** Files outside the border that must say `as`, each with its reason. */
const assertingFiles: Readonly<Record<string, string>> = {
  'src/compile/cache.ts': 'results of many functions lie in one tree, and only their function knows their type',
  'src/config/define-kind.ts': 'TypeScript does not see that kind, validator and value belong together',
  'src/config/present.ts': 'TypeScript does not follow which keys a loop has kept',
};

/** Folders whose exports are the vocabulary of all others, and documented without exception. */
const documented = ['src/model/', 'src/compile/', 'src/xds/', 'src/ca/'];

/** Every rule; each finding says what to do instead. */
export const rules: readonly Rule[] = [
  { name: 'file-length', check: checkLength },
  { name: 'file-name', check: checkFileName },
  { name: 'type-name', check: checkTypeNames },
  { name: 'todo', check: checkTodos },
  { name: 'type-assertion', check: checkAssertions },
  { name: 'export-doc', check: checkDocs },
];

/** Looks at every file with every rule. */
export function lint(files: readonly SourceFile[]): readonly Finding[] {
  const context = {
    brands: new Set(
      files.flatMap((file) =>
        findAll(file.code, /\btype (\w+)(?:<[^>]*>)?\s*=\s*(?:Brand\b|string & \{ readonly __brand)/g).map(
          ([name]) => name,
        ),
      ),
    ),
  };
  return files.flatMap((file) => rules.flatMap((rule) => rule.check(file, context)));
}

function checkLength(file: SourceFile): readonly Finding[] {
  const lines = file.text.split('\n').length - 1;
  if (lines <= maxLines) return [];
  return [
    {
      path: file.path,
      line: maxLines,
      rule: 'file-length',
      message: `${lines} lines: its second noun wants a file of its own`,
    },
  ];
}

function checkFileName(file: SourceFile): readonly Finding[] {
  const name = file.path.slice(file.path.lastIndexOf('/') + 1).replace(/\.(test|config|d)?\.?ts$/, '');
  const suffix = bannedSuffixes.find((word) => name === word.toLowerCase() || name.endsWith(`-${word.toLowerCase()}`));
  const message = suffix === undefined ? undefined : `"${suffix.toLowerCase()}" says nothing: find the noun`;
  if (name in namesOfOthers) return [];
  const problem = /^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name) ? message : 'file names are kebab-case';
  return problem === undefined ? [] : [{ path: file.path, line: 1, rule: 'file-name', message: problem }];
}

function checkTypeNames(file: SourceFile): readonly Finding[] {
  const names = findAll(file.code, /\b(?:class|interface|type) ([A-Z]\w*)/g);
  return names.flatMap(([name, line]) => {
    const suffix = bannedSuffixes.find((word) => name.endsWith(word) && name !== word);
    if (suffix === undefined || name in namesOfOthers) return [];
    return [{ path: file.path, line, rule: 'type-name', message: `${name}: "${suffix}" says nothing: find the noun` }];
  });
}

function checkTodos(file: SourceFile): readonly Finding[] {
  return findAll(file.comments, /\b(TODO|FIXME|XXX)\b(?!\(#\d+\))/g).map(([word, line]) => ({
    path: file.path,
    line,
    rule: 'todo',
    message: `${word} without an issue's number: ${word}(#12)`,
  }));
}

function checkAssertions(file: SourceFile, { brands }: LintContext): readonly Finding[] {
  if (!mayAssertNothing(file)) return [];
  return [...file.code.matchAll(/(?<=[\w)\]}'"`] )as (?!const\b)([A-Za-z_][\w.]*|[{[(])/g)]
    .filter(({ 1: type = '', index }) => !brands.has(type) && !isImport(file, index) && !isKeyRenamed(file, index))
    .map(({ 1: type = '', index }) => ({
      path: file.path,
      line: lineAt(file.code, index),
      rule: 'type-assertion',
      message: `"as ${type}" is only for brand constructors and src/gen: narrow with a type guard`,
    }));
}

function mayAssertNothing(file: SourceFile): boolean {
  return (
    file.path.startsWith('src/') && !file.path.startsWith('src/gen/') && !isTest(file) && !(file.path in assertingFiles)
  );
}

/** `{ [K in keyof T as …]: … }` renames a key. */
function isKeyRenamed(file: SourceFile, index: number): boolean {
  return /\[\w+ in [^\]\n]*$/.test(file.code.slice(0, index));
}

/** `import { a as b }` and `import * as b` rename. */
function isImport(file: SourceFile, index: number): boolean {
  const before = file.code.slice(0, index);
  const statement = before.slice(before.lastIndexOf(';') + 1);
  return /(^|\n)\s*(import|export)\b[^=(]*$/.test(statement);
}

function checkDocs(file: SourceFile): readonly Finding[] {
  if (isTest(file) || !documented.some((folder) => file.path.startsWith(folder))) return [];
  const lines = file.text.split('\n');
  return findAll(file.code, /^export (?:async |abstract |declare )*(?:function|const|class|interface|type) (\w+)/gm)
    .filter(
      ([name, line]) =>
        !lines[line - 2]?.trimEnd().endsWith('*/') && !isOverload(lines, name, line) && !isInGroup(lines, line),
    )
    .map(([name, line]) => ({
      path: file.path,
      line,
      rule: 'export-doc',
      message: `${name} needs a sentence of what it is`,
    }));
}

/** Only the first of a function's overloads is documented. */
function isOverload(lines: readonly string[], name: string, line: number): boolean {
  return lines.slice(0, line - 1).some((earlier) => earlier.startsWith(`export function ${name}`));
}

/** Constants that follow each other line by line share the comment of the first. */
function isInGroup(lines: readonly string[], line: number): boolean {
  const isConstant = (text = '') => /^export const \w.*;$/.test(text);
  return isConstant(lines[line - 1]) && isConstant(lines[line - 2]);
}

/** First group and line of every match. */
function findAll(text: string, pattern: RegExp): readonly (readonly [string, number])[] {
  return [...text.matchAll(pattern)].map((match) => [match[1] ?? '', lineAt(text, match.index)] as const);
}

/** From 1. */
function lineAt(text: string, index: number): number {
  return text.slice(0, index + 1).split('\n').length;
}
