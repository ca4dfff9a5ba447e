// Runs the example: node examples/bookinfo/run.ts [--dir PATH] [--smoke]
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { aborted, orAborted } from '../../src/kit/abort.ts';
import { type EnvoyProgram, findEnvoy } from '../../test/support/envoy.ts';
import { describePortProblem, listPortProblems } from '../../test/support/ports.ts';
import { describeExit, type RunningProcess } from '../../test/support/process.ts';
import { ADMIN_PORT, copyMesh, GATEWAY, listAddresses, MESH_DIR, STANDARD } from './layout.ts';
import { Playground } from './playground.ts';
import { smoke } from './smoke.ts';

const HELP = `Runs Bookinfo on this machine: a control plane, four services, an Envoy for each process and one in front.

  node examples/bookinfo/run.ts [--dir PATH] [--smoke]

  --dir PATH   directory of YAML to serve and watch, instead of examples/bookinfo/mesh
  --smoke      start, check that pages come and follow a change, stop; exit 0 if all was well
`;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Someone has to do something before this can run; the text says what. */
class Obstacle extends Error {}

async function main(): Promise<void> {
  const values = readFlags();
  if (values.help) return say(HELP);

  const stop = stopOnSignals();
  const envoy = findEnvoy();
  if (!envoy.found) throw new Obstacle(envoy.reason);
  await requirePorts();
  if (values.smoke) await onCopy((meshDir) => runSmoke(envoy, meshDir, stop));
  else await runForPeople(envoy, await findMeshDir(values.dir), stop);
}

interface Flags {
  readonly dir?: string | undefined;
  readonly smoke?: boolean | undefined;
  readonly help?: boolean | undefined;
}

function readFlags(): Flags {
  try {
    return parseArgs({
      options: { dir: { type: 'string' }, smoke: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (err) {
    throw new Obstacle(`${err instanceof Error ? err.message : String(err)}\n\n${HELP.trimEnd()}`);
  }
}

async function runForPeople(envoy: EnvoyProgram, meshDir: string, stop: AbortSignal): Promise<void> {
  const playground = await startPlayground(envoy, meshDir, stop);
  say(introduction(playground, meshDir));
  await aborted(stop);
  await stopPlayground(playground);
}

async function runSmoke(envoy: EnvoyProgram, meshDir: string, stop: AbortSignal): Promise<void> {
  const playground = await startPlayground(envoy, meshDir, stop);
  try {
    await orAborted(
      smoke(playground.url, meshDir, (text) => say(`✓ ${text}`)),
      stop,
    );
  } finally {
    await stopPlayground(playground);
  }
}

async function onCopy(run: (meshDir: string) => Promise<void>): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), 'pilothouse-mesh-'));
  try {
    await copyMesh(copy);
    await run(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function startPlayground(envoy: EnvoyProgram, meshDir: string, signal: AbortSignal): Promise<Playground> {
  let playground: Playground | undefined;
  playground = await Playground.start({
    envoy,
    meshDir,
    layout: STANDARD,
    controlPlane: [join(ROOT, 'bin', 'pilothouse')],
    onControlPlaneLine: (line) => say(`control plane │ ${line}`),
    onDeath: (dead) => void reportDeath(dead, playground),
    onProgress: (text) => say(`• ${text}`),
    signal,
  });
  return playground;
}

async function stopPlayground(playground: Playground): Promise<void> {
  say('• stopping');
  await playground.stop();
}

/** A first signal asks for an orderly end; a second one does not wait for it, and takes every child along. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(1);
      controller.abort(new Obstacle(`stopped by ${signal}`));
    });
  }
  return controller.signal;
}

async function findMeshDir(dir: string | undefined): Promise<string> {
  const chosen = dir === undefined ? MESH_DIR : resolve(dir);
  const isDirectory = await stat(chosen).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isDirectory) throw new Obstacle(`--dir: there is no directory ${chosen}`);
  return chosen;
}

async function requirePorts(): Promise<void> {
  const problems = await listPortProblems(listAddresses(STANDARD));
  if (problems.length === 0) return;
  throw new Obstacle(['the example cannot start:', ...problems.map(describePortProblem)].join('\n  '));
}

async function reportDeath(dead: RunningProcess, playground: Playground | undefined): Promise<void> {
  say(`\n✗ ${await describeExit(dead)}`);
  if (dead === playground?.controlPlane) {
    say(
      `The page goes on working without it. To start it again, in another terminal:\n  ${toShell(playground.controlPlaneCommand())}\n`,
    );
  }
}

function toShell(command: readonly string[]): string {
  return command.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word}'`)).join(' ');
}

function introduction({ url, dir }: Playground, meshDir: string): string {
  const here = (path: string) => relative(process.cwd(), path) || '.';
  const mesh = here(meshDir);
  const steps = here(fileURLToPath(new URL('steps', import.meta.url)));
  return `
Ready. Open  ${url}/productpage  and reload it: reviews come without stars (v1), with black (v2), with red ones (v3).

Try, in another terminal:

  # which version answers? look at "podname"
  curl -s ${url}/api/v1/products/0/reviews

  # everything to v1; more steps in ${steps}, back with 0-start.yaml; or change a weight in the file yourself
  cp ${steps}/1-all-to-v1.yaml ${mesh}/routes.yaml

  # what each proxy has acknowledged
  curl -s 127.0.0.1:${STANDARD.monitoringPort}/debug/syncz

  # what the Envoy of reviews-v2 knows (.1 is productpage, .6 is reviews-v3, .${GATEWAY.n} the gateway)
  curl -s ${STANDARD.inbound}.5:${ADMIN_PORT}/clusters

Every file that is saved in ${mesh} is followed below. Logs and bootstraps are in ${dir}. Ctrl-C stops everything.
`;
}

try {
  await main();
} catch (err) {
  process.exitCode = 1;
  if (err instanceof Obstacle) process.stderr.write(`${err.message}\n`);
  else process.stderr.write(`${err instanceof Error ? (err.stack ?? err.message) : String(err)}\n`);
}
