/**
 * Measures the control plane from the outside: `npm run bench`. docs/performance.md says how to read what it prints.
 *
 * It ends with code 1 when a proxy did not get all its state, never because something was slow.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Fleet } from './load/fleet.ts';
import { parseOptions, type BenchOptions, USAGE } from './options.ts';
import { freezeProgram } from './process/program.ts';
import { replaceFigures } from './report/document.ts';
import { readMachine } from './report/machine.ts';
import { formatReport, type Report } from './report/report.ts';
import { runFloor } from './scenario/floor-run.ts';
import { countMissing, type ProtocolResult } from './scenario/results.ts';
import { ServerRun } from './scenario/server-run.ts';
import type { Surroundings } from './scenario/surroundings.ts';

const DOCUMENT = path.resolve(import.meta.dirname, '../docs/performance.md');
const FAILED = 1;
const INTERRUPTED = 130;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const workDir = mkdtempSync(path.join(tmpdir(), 'pilothouse-bench-'));
  // Children end with this process, whatever ends it; so does what they left behind.
  process.on('exit', (code) => removeUnlessFailed(workDir, code));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(INTERRUPTED));

  // Before anything runs: what is measured is the tree of this moment.
  const machine = readMachine();
  const program = freezeProgram(workDir);
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const fleet = await Fleet.start(options.clients, workDir);
  const results: ProtocolResult[] = [];
  for (const protocol of options.protocols)
    results.push(await measure(protocol, { options, fleet, program, workDir, say }));
  await fleet.stop();
  return publish({ machine, options, results }, options);
}

async function measure(protocol: ProtocolResult['protocol'], surroundings: Surroundings): Promise<ProtocolResult> {
  const run = new ServerRun(protocol, surroundings);
  const server = await run.run();
  const files = await surroundings.fleet.save(surroundings.workDir);
  const floor = await runFloor(protocol, surroundings, { files, changes: run.recorded });
  return { protocol, server, floor };
}

/** What a failed run printed is needed to find out why it failed; the mesh and the recordings are not. */
function removeUnlessFailed(workDir: string, code: number): void {
  if (code !== FAILED) {
    rmSync(workDir, { recursive: true, force: true });
    return;
  }
  for (const name of readdirSync(workDir)) {
    if (!name.endsWith('.log')) rmSync(path.join(workDir, name), { recursive: true, force: true });
  }
  process.stderr.write(`what the processes printed is in ${workDir}\n`);
}

/** Tells the results to whoever wants them, and gives the exit code that they deserve. */
function publish(report: Report, { json, write }: BenchOptions): number {
  const text = formatReport(report);
  process.stdout.write(`${text}\n`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  const missing = report.results.reduce((sum, result) => sum + countMissing(result), 0);
  if (missing > 0) {
    process.stderr.write(`${missing} times a proxy did not get what it should have got: these figures mean nothing\n`);
    for (const { protocol, server } of report.results)
      process.stderr.write(`${protocol}, restarted: ${server.resume.story}\n`);
    return FAILED;
  }
  if (write) writeFileSync(DOCUMENT, replaceFigures(readFileSync(DOCUMENT, 'utf8'), text));
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(FAILED);
  },
);
