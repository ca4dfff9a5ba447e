/**
 * Measures what one change costs in a mesh that is large: `npm run bench:scale`. docs/performance.md says how to read what it prints; `--write`
 * puts the figures there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { configureLogs } from '../src/kit/log.ts';
import { replaceFigures } from './report/document.ts';
import { readMachine } from './report/machine.ts';
import { formatMs, formatTable } from './report/table.ts';
import { measureMesh, type ScaleResult } from './scale/measure.ts';
import { serviceEntriesInScope, servicesInScope, virtualServicesOnGateway } from './scale/meshes.ts';

const DOCUMENT = path.resolve(import.meta.dirname, '../docs/performance.md');
const ROUNDS = 20;

const HEAD = ['', 'resources', 'read', 'compile', 'change', 'changed', 'read', 'compile'];

const meshes = [
  () => virtualServicesOnGateway(1000),
  () => virtualServicesOnGateway(10_000),
  () => serviceEntriesInScope(1000),
  () => serviceEntriesInScope(10_000),
  () => servicesInScope(1000),
  () => servicesInScope(10_000),
];

configureLogs({ write: () => undefined });
const results: ScaleResult[] = [];
for (const mesh of meshes) {
  results.push(await measureMesh(mesh(), ROUNDS));
  process.stderr.write(`${results.at(-1)?.name}\n`);
}
const { date, commit, node, cores, processor } = readMachine();
const text = `${date}, commit ${commit}, Node ${node}, ${cores} × ${processor}; CPU, medians of ${ROUNDS}.

${formatTable([HEAD, ...results.flatMap(toRows)])}`;
process.stdout.write(`${text}\n`);
if (process.argv.includes('--write')) {
  writeFileSync(DOCUMENT, replaceFigures(readFileSync(DOCUMENT, 'utf8'), text, 'scale'));
}

function toRows({ name, resources, initial, changes }: ScaleResult): readonly (readonly string[])[] {
  const start = [name, String(resources), formatMs(initial.readMs), formatMs(initial.compileMs)];
  return changes.map((change, i) => [
    ...(i === 0 ? start : ['', '', '', '']),
    change.name,
    String(change.changedResources),
    formatMs(change.median.readMs),
    formatMs(change.median.compileMs),
  ]);
}
