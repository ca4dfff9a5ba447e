/**
 * The front door: everything that must hold before a change is done. `--all` adds the tests on real programs.
 *
 * One line a step; the output of a step is shown when it failed.
 */
import { existsSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runStep, type Step } from './check/step.ts';
import {
  formatTestResults,
  readTestResults,
  resultsVariable,
  sumTestResults,
  type TestResults,
} from './check/test-results.ts';

const repository = path.resolve(import.meta.dirname, '..');
const results = path.join(repository, '.tools/results');
const node = process.execPath;
const bin = (name: string) => path.join(repository, 'node_modules/.bin', name);

/** Generators that can say whether what they wrote is current. */
const generators = ['tools/crds.ts', 'tools/docs.ts'].filter((file) => existsSync(path.join(repository, file)));

const staticSteps: readonly Step[] = [
  { name: 'format', command: [bin('biome'), 'format', '.'] },
  { name: 'lint', command: [bin('biome'), 'lint', '--error-on-warnings', '.'] },
  { name: 'style', command: [node, 'tools/lint.ts'] },
  { name: 'types', command: [bin('tsc'), '--noEmit', '-p', 'tsconfig.json'] },
  { name: 'lock', command: [node, 'tools/complete-lock.ts', '--check'] },
  ...generators.map((file): Step => ({ name: path.basename(file, '.ts'), command: [node, file, '--check'] })),
];

const quickLayers = ['unit', 'contract', 'golden', 'feature', 'architecture'];
/** On real programs: one layer after the other, shown while they run. */
const realLayers = ['conformance', 'cluster', 'node', ...(process.env.ISTIO_BIN ? ['parity'] : [])].filter(
  (name) => globSync(`test/${name}/**/*.test.ts`, { cwd: repository }).length > 0,
);

const failures: string[] = [];

async function check(step: Step, verdict: () => string = () => ''): Promise<void> {
  const { ok, seconds, output } = await runStep(step, repository);
  const line = `${step.name.padEnd(12)} ${ok ? 'ok    ' : 'FAILED'} ${seconds.toFixed(1).padStart(6)} s  ${verdict()}`;
  process.stdout.write(`${line.trimEnd()}\n${ok ? '' : output}`);
  if (!ok) failures.push(step.name);
}

async function checkTests(name: string, layers: readonly string[], live: boolean): Promise<TestResults> {
  const file = path.join(results, `${name}.json`);
  await check(
    {
      name,
      command: [
        bin('vitest'),
        'run',
        ...layers.flatMap((layer) => ['--project', layer]),
        '--reporter=default',
        '--reporter=./tools/check/reporter.ts',
      ],
      env: { [resultsVariable]: file },
      live,
    },
    () => formatTestResults(readTestResults(file)),
  );
  return readTestResults(file);
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
await Promise.all(staticSteps.map((step) => check(step)));
const runs = [await checkTests('tests', quickLayers, false)];
if (process.argv.includes('--all')) {
  for (const layer of realLayers) runs.push(await checkTests(layer, [layer], true));
}

const total = sumTestResults(runs);
for (const { test, reason } of total.skipped)
  process.stdout.write(`skipped      ${test}: ${reason ?? 'no reason given'}\n`);
if (total.skipped.some(({ reason }) => reason === undefined)) failures.push('a test is skipped without a reason');
const other = failures.filter((name) => !['tests', ...realLayers].includes(name)).length;
writeFileSync(path.join(results, 'total'), `${formatTestResults({ ...total, failed: total.failed + other })}\n`);
process.stdout.write(failures.length === 0 ? 'everything holds\n' : `does not hold: ${failures.join(', ')}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
