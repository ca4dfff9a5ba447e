import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createSourceFile, isTest, listSourceFiles } from '../../tools/lint/source.ts';
import { type Import, listImports } from './imports.ts';

/** A folder of `src` imports only folders of lower rank, and itself. */
const ranks: Readonly<Record<string, number>> = {
  kit: 0,
  gen: 0,
  model: 1,
  kube: 1,
  config: 2,
  compile: 2,
  xds: 2,
  discovery: 3,
  translate: 3,
  ca: 3,
  injector: 3,
  agent: 3,
  analysis: 3,
  install: 3,
  cli: 4,
  server: 5,
};

/** Imports that break the rule: `from` and `to` are files or folders. A row that nothing needs any more fails. */
const exceptions: readonly { readonly from: string; readonly to: string; readonly reason: string }[] = [];

const files = listSourceFiles(process.cwd(), ['src']);
const imports = files.flatMap(listImports);
const folderOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1] ?? '';
const text = ({ from, to }: Import) => `${from} → ${to}`;

function breaksRank({ from, to, kind }: Import): boolean {
  if (kind !== 'file' || !to.startsWith('src/')) return false;
  const [source, target] = [folderOf(from), folderOf(to)];
  return source !== target && (ranks[target] ?? 99) >= (ranks[source] ?? -1);
}

const isCoveredBy = (row: { from: string; to: string }) => (found: Import) =>
  found.from.startsWith(row.from) && found.to.startsWith(row.to);

describe('src', () => {
  it('has no folder without a rank', () => {
    expect([...new Set(files.map((file) => folderOf(file.path)))].filter((folder) => !(folder in ranks))).toEqual([]);
  });

  it('imports only downwards', () => {
    const broken = imports.filter(breaksRank).filter((found) => !exceptions.some((row) => isCoveredBy(row)(found)));
    expect(broken.map(text)).toEqual([]);
  });

  it('needs every exception it has', () => {
    expect(exceptions.filter((row) => !imports.filter(breaksRank).some(isCoveredBy(row)))).toEqual([]);
  });

  it('has no file that only hands on others', () => {
    expect(files.map((file) => file.path).filter((path) => path.endsWith('/index.ts'))).toEqual([]);
  });

  it('names the files it imports with their extension', () => {
    const sources = imports.filter(({ kind, to }) => kind === 'file' && !/\.(ts|json)$/.test(to));
    expect(sources.map(text)).toEqual([]);
  });

  it('imports only packages that are installed with it', () => {
    const { dependencies }: { dependencies: Readonly<Record<string, string>> } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    );
    const shipped = files.filter((file) => !isTest(file)).flatMap(listImports);
    const missing = shipped.filter(({ kind, to }) => kind === 'package' && !(to in dependencies));
    expect(missing.map(text)).toEqual([]);
  });

  it('imports nothing from outside itself, but for its tests', () => {
    const shipped = files.filter((file) => !isTest(file)).flatMap(listImports);
    expect(shipped.filter(({ kind, to }) => kind === 'file' && !to.startsWith('src/')).map(text)).toEqual([]);
  });
});

describe('listImports', () => {
  it('finds every form, and none in comments and strings', () => {
    const source = [
      "import type { A } from '../kit/a.ts';",
      "import '@grpc/grpc-js/b';",
      "export { c } from './c.ts';",
      "const d = await import('node:fs');",
      "// import x from 'x';",
      `const e = "import y from 'y'";`,
    ].join('\n');
    expect(listImports(createSourceFile('src/xds/x.ts', source))).toEqual([
      { from: 'src/xds/x.ts', to: 'src/kit/a.ts', kind: 'file' },
      { from: 'src/xds/x.ts', to: '@grpc/grpc-js', kind: 'package' },
      { from: 'src/xds/x.ts', to: 'src/xds/c.ts', kind: 'file' },
      { from: 'src/xds/x.ts', to: 'node:fs', kind: 'node' },
    ]);
  });
});
