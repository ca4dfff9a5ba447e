/**
 * Measures the control plane on a real Kubernetes API server: `npm run bench:cluster`. docs/performance.md says how to read what it prints;
 * `--write` puts the figures there. `ISTIO_BIN` names a folder with a `pilot-discovery`, which is then measured in the same run.
 *
 * It ends with code 1 when a proxy did not hear of something, never because something was slow.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../test/support/cluster/cluster.ts';
import { findClusterPrograms } from '../test/support/cluster/programs.ts';
import { KubeMesh } from './cluster/kube-mesh.ts';
import { type ClusterBench, measureBareNode, measureSubject, type SubjectFigures } from './cluster/measure.ts';
import { countMissingOf, formatClusterReport } from './cluster/report.ts';
import { ISTIOD_ENV, type Program } from './cluster/subject.ts';
import { Fleet } from './load/fleet.ts';
import { freezeProgram } from './process/program.ts';
import { replaceFigures } from './report/document.ts';
import { readMachine } from './report/machine.ts';

const DOCUMENT = path.resolve(import.meta.dirname, '../docs/performance.md');
const NAMESPACES = 10;
const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '500' },
    endpoints: { type: 'string', default: '4' },
    proxies: { type: 'string', default: '1000' },
    churn: { type: 'string', default: '20' },
    profile: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const shape = { services: Number(values.services), endpoints: Number(values.endpoints), namespaces: NAMESPACES };
const say = (text: string) => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const search = findClusterPrograms();
  if (!search.found) throw new Error(search.reason);
  const workDir = mkdtempSync(path.join(tmpdir(), 'pilothouse-bench-'));
  process.on('exit', (code) => code === 0 && rmSync(workDir, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const machine = readMachine();
  const programs = listPrograms(workDir);
  const cluster = await startCluster();
  try {
    say('the mesh is written');
    await cluster.installCrds();
    await cluster.kubectl('create', 'namespace', 'istio-system');
    const client = cluster.client();
    const mesh = new KubeMesh(client, shape);
    await mesh.write();
    const fleet = await Fleet.start(1, workDir);
    const bareNode = await measureBareNode(workDir);
    const proxies = Number(values.proxies);
    const churn = Number(values.churn);
    const bench: ClusterBench = {
      ...{ cluster, mesh, fleet, shape, proxies, churn, workDir, say },
      profileDir: values.profile,
    };
    const subjects: SubjectFigures[] = [];
    for (const program of programs) subjects.push(await measureSubject(program, bench));
    await fleet.stop();
    client.close();
    const report = { machine, shape, proxies, bareNode, subjects };
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
    const text = formatClusterReport(report);
    process.stdout.write(`${text}\n`);
    const [ours] = subjects;
    // Whom we are compared with may be overwhelmed: the table says so.
    const missing = ours === undefined ? 0 : countMissingOf(ours);
    if (missing > 0) say(`${missing} times a proxy did not hear of something (${workDir}): these figures mean nothing`);
    else if (values.write) writeFileSync(DOCUMENT, replaceFigures(readFileSync(DOCUMENT, 'utf8'), text, 'cluster'));
    return missing > 0 ? 1 : 0;
  } finally {
    await cluster.stop();
  }
}

function listPrograms(workDir: string): readonly Program[] {
  const ours: Program = { name: 'pilothouse', command: freezeProgram(workDir), env: {} };
  const { ISTIO_BIN } = process.env;
  if (ISTIO_BIN === undefined || ISTIO_BIN === '') return [ours];
  const file = path.join(ISTIO_BIN, 'pilot-discovery');
  if (!existsSync(file)) throw new Error(`ISTIO_BIN: there is no ${file}`);
  return [ours, { name: 'istiod', command: [file], env: ISTIOD_ENV }];
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exit(1);
  },
);
