/** Writes `deploy/crds` from the definitions of the kinds; `--check` only says what is out of date. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createCrdFiles } from './crds/files.ts';

const folder = path.resolve(import.meta.dirname, '..', 'deploy', 'crds');
const files = createCrdFiles();
const present = existsSync(folder) ? readdirSync(folder) : [];
const orphans = present.filter((name) => name.endsWith('.yaml') && !files.has(name));
const stale = [...files].filter(
  ([name, text]) => !present.includes(name) || readFileSync(path.join(folder, name), 'utf8') !== text,
);

if (process.argv.includes('--check')) {
  for (const name of [...stale.map(([name]) => name), ...orphans]) {
    process.stdout.write(`deploy/crds/${name} is out of date: "node tools/crds.ts" writes it anew\n`);
  }
  process.exitCode = stale.length + orphans.length === 0 ? 0 : 1;
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of orphans) rmSync(path.join(folder, name));
  for (const [name, text] of stale) writeFileSync(path.join(folder, name), text);
  process.stdout.write(`${files.size} CRDs, ${stale.length} of them changed\n`);
}
