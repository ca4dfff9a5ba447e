/**
 * What an agent costs its pod: `npm run bench:agent`, after `npm run build`.
 *
 * Memory is what the kernel counts for a sidecar's agent some seconds after its Envoy has its configuration: RSS is all of it, PSS the part that is
 * not shared with another process, anonymous what no file backs and every pod has anew. The time to the first certificate begins before the
 * launcher runs, and has the control plane's own time in it.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AgentStart, startAgent } from '../test/support/agent/agent-process.ts';
import { PlaneProcess } from '../test/support/agent/plane-process.ts';
import { findEnvoy } from '../test/support/envoy.ts';

const ROUNDS = 20;
const SETTLED_MS = 6000;
const PORTS = { ready: 27_321, prometheus: 27_322, admin: 27_323, status: 27_324, dns: 27_325 };
const REPOSITORY = path.resolve(import.meta.dirname, '..');
const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: default }
spec: { clusterIP: 10.0.0.1, ports: [{ name: http, port: 9080 }], selector: { app: reviews } }
`;

const envoy = findEnvoy();
if (!envoy.found) throw new Error(envoy.reason);
const dir = await mkdtemp(path.join(tmpdir(), 'bench-agent-'));
const plane = new PlaneProcess(dir, { secure: 27_310, http: 27_311 });
try {
  await plane.write(SERVICE);
  await plane.start();
  const pod = path.join(dir, 'pod');
  await mkdir(pod);
  await plane.join(pod, { namespace: 'default', serviceAccount: 'reviews' });
  const start = {
    pod,
    ports: PORTS,
    envoy: envoy.command[0],
    discoveryAddress: plane.address,
    command: [await copyProgram()],
  } as const;
  print(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`);
  print(await measureMemory(start));
  print(await measureStarts(start));
} finally {
  await plane.stop();
  await rm(dir, { recursive: true, force: true });
}

/** As it lies in an image: without sources, which the launcher would compare with what was built of them. @returns the launcher */
async function copyProgram(): Promise<string> {
  const image = path.join(dir, 'image');
  for (const part of ['bin', 'dist', 'package.json'])
    await cp(path.join(REPOSITORY, part), path.join(image, part), { recursive: true });
  await symlink(path.join(REPOSITORY, 'node_modules'), path.join(image, 'node_modules'));
  return path.join(image, 'bin/pilothouse');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function measureMemory(start: AgentStart): Promise<string> {
  const agent = await startAgent(start);
  await delay(SETTLED_MS);
  const rollup = await readFile(`/proc/${agent.pid}/smaps_rollup`, 'utf8');
  await agent.stop();
  const read = (name: string) => Number(new RegExp(`^${name}: +(\\d+)`, 'm').exec(rollup)?.[1]) / 1024;
  const [rss, pss, anonymous] = [read('Rss'), read('Pss'), read('Anonymous')].map((value) => value.toFixed(1));
  return `memory: RSS ${rss} MiB, PSS ${pss} MiB, anonymous ${anonymous} MiB`;
}

async function measureStarts(start: AgentStart): Promise<string> {
  const rounds: Start[] = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push(await measureStart(start));
  const at = (part: number, of: keyof Start) => {
    const sorted = rounds.map((round) => round[of]).sort((a, b) => a - b);
    return Math.round(sorted[Math.floor(part * (ROUNDS - 1))] ?? Number.NaN);
  };
  const wall = `p50 ${at(0.5, 'wallMs')} ms, p90 ${at(0.9, 'wallMs')} ms`;
  return `start to first certificate, ${ROUNDS} starts: ${wall}; CPU of the agent p50 ${at(0.5, 'cpuMs')} ms`;
}

interface Start {
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function measureStart(start: AgentStart): Promise<Start> {
  const issued = Promise.withResolvers<number>();
  const beginMs = performance.now();
  const agent = await startAgent({
    ...start,
    onLine: (line) => {
      if (line.includes('event=certificate.issued')) issued.resolve(performance.now() - beginMs);
    },
  });
  const wallMs = await issued.promise;
  const stat = await readFile(`/proc/${agent.pid}/stat`, 'utf8');
  await agent.stop();
  // Fields 14 and 15, in hundredths of a second.
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return { wallMs, cpuMs: 10 * ((user ?? 0) + (system ?? 0)) };
}
