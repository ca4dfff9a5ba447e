/**
 * Adds to package-lock.json what a partial package index kept from it: optional packages for other platforms. Without
 * them `npm ci` refuses the whole lock file. `--check` only says whether any is missing.
 *
 * The entries have no integrity, which only an index that has the package can tell; a later `npm install` adds it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
  readonly [key: string]: unknown;
}

const file = path.resolve(import.meta.dirname, '../package-lock.json');
const lock: Lock = JSON.parse(readFileSync(file, 'utf8'));
const missing = Object.entries(lock.packages).flatMap(([, entry]) => listMissing(entry));
const names = missing.map(([name]) => name.replace('node_modules/', ''));

if (missing.length > 0 && process.argv.includes('--check')) {
  process.stdout.write(`package-lock.json lacks ${names.join(', ')}: "node tools/complete-lock.ts" adds them\n`);
  process.exitCode = 1;
} else if (missing.length > 0) {
  const packages = Object.entries({ ...lock.packages, ...Object.fromEntries(missing) }).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`);
  process.stdout.write(`package-lock.json: added ${names.join(', ')}\n`);
}

function listMissing({ optionalDependencies = {}, dev }: LockEntry): readonly (readonly [string, LockEntry])[] {
  return Object.entries(optionalDependencies)
    .filter(([name]) => !(`node_modules/${name}` in lock.packages))
    .map(([name, version]) => [
      `node_modules/${name}`,
      { version, ...toPlatform(name), ...(dev && { dev }), optional: true },
    ]);
}

/** `@biomejs/cli-linux-x64-musl` names its platform, as all such packages do. */
function toPlatform(name: string): Readonly<Record<string, readonly string[]>> {
  const [, os, cpu, libc] =
    /-(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(gnu|musl|msvc))?/.exec(name) ?? [];
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not name its platform`);
  const libraries = libc === 'musl' ? { libc: ['musl'] } : os === 'linux' ? { libc: ['glibc'] } : {};
  return { cpu: [cpu], ...libraries, os: [os] };
}
