import { cpSync, existsSync, globSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '../..');

/** Those of `bin/pilothouse`; sources are mapped by Node itself where they are run unbuilt. */
const FLAGS = ['--max-semi-space-size=16'];

/** The command that starts the program, without its arguments. */
export type Program = readonly [string, ...string[]];

/**
 * Copies the program into `dir`, so that every process of a run is the same program even if somebody edits or builds it
 * meanwhile: what was built, or the sources when they have moved on since.
 */
export function freezeProgram(dir: string): Program {
  const stamp = path.join(repository, 'dist/.built');
  const builtMs = existsSync(stamp) ? statSync(stamp).mtimeMs : 0;
  const sources = globSync('src/**/*.ts', { cwd: repository, exclude: ['**/*.test.ts'] });
  const isBuilt = sources.every((file) => statSync(path.join(repository, file)).mtimeMs <= builtMs);
  const root = path.join(dir, 'program');
  mkdirSync(root, { recursive: true });
  const folder = isBuilt ? 'dist' : 'src';
  cpSync(path.join(repository, folder), path.join(root, folder), { recursive: true });
  cpSync(path.join(repository, 'package.json'), path.join(root, 'package.json'));
  symlinkSync(path.join(repository, 'node_modules'), path.join(root, 'node_modules'));
  return [process.execPath, ...FLAGS, path.join(root, folder, 'server', isBuilt ? 'main.js' : 'main.ts')];
}
