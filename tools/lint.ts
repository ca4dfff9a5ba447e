/** Holds what the style asks and Biome cannot check: `npm run lint` runs both. */
import path from 'node:path';
import { lint } from './lint/rules.ts';
import { listSourceFiles } from './lint/source.ts';

const repository = path.resolve(import.meta.dirname, '..');
const findings = lint(listSourceFiles(repository, ['src', 'test', 'tools', 'bench', 'examples']));
for (const { path: file, line, rule, message } of findings)
  process.stdout.write(`${file}:${line}: ${rule}: ${message}\n`);
process.exitCode = findings.length === 0 ? 0 : 1;
