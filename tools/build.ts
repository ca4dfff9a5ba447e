/**
 * Builds `dist/` from `src/`: JavaScript of the same folders, and the generated table that the codec reads.
 *
 * Types are not checked here: `npm run typecheck` does that, and sources are erasable, so it cannot change the result.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const repository = path.resolve(import.meta.dirname, '..');
const dist = path.join(repository, 'dist');
const fresh = path.join(repository, '.tools/dist.next');
const started = performance.now();

// A control plane that runs from dist/ meanwhile must not find half of it: built beside it, then put in its place.
rmSync(fresh, { recursive: true, force: true });
const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', fresh], {
  cwd: repository,
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);
for (const file of globSync('src/**/*.json', { cwd: repository, exclude: ['src/ui/**'] })) {
  cpSync(path.join(repository, file), path.join(fresh, path.relative('src', file)));
}
writeFileSync(path.join(fresh, '.built'), `${new Date().toISOString()}\n`);
rmSync(dist, { recursive: true, force: true });
renameSync(fresh, dist);
process.stdout.write(`dist: built in ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
