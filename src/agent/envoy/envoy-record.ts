import { readFile, rename, writeFile } from 'node:fs/promises';
import { sleep, systemClock } from '../../kit/clock.ts';
import type { EnvoyExit, RunningEnvoy } from './envoy-process.ts';

/** What an agent writes down of the Envoy that it started, for the agent after it. */
export interface EnvoyRecord {
  readonly pid: number;
  /** When it was started, in a form that no other process of that number has. */
  readonly start: string;
  /** What it was started with: its command line and its bootstrap. */
  readonly command: string;
}

/** Writes down which Envoy runs. Does nothing where the system does not tell when a process was started. */
export async function writeRecord(file: string, pid: number, command: string): Promise<void> {
  const start = await findStart(pid);
  if (start === undefined) return;
  const record: EnvoyRecord = { pid, start, command };
  await writeFile(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The Envoy that an earlier agent has left running. */
export async function findRecorded(file: string): Promise<EnvoyRecord | undefined> {
  const record = parseRecord(await readFile(file, 'utf8').catch(() => ''));
  return record !== undefined && (await findStart(record.pid)) === record.start ? record : undefined;
}

const LOOK_MS = 250;

/** An Envoy that is no child of this process: looked at now and then, for nobody tells when it ends. */
export class AdoptedEnvoy implements RunningEnvoy {
  readonly pid: number;
  readonly exit: Promise<EnvoyExit>;

  constructor(record: EnvoyRecord) {
    this.pid = record.pid;
    this.exit = waitForEnd(record);
  }

  kill(): void {
    try {
      process.kill(this.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
  }
}

async function waitForEnd({ pid, start }: EnvoyRecord): Promise<EnvoyExit> {
  while ((await findStart(pid)) === start) await sleep(systemClock, LOOK_MS);
  // Its code went to whoever has inherited it.
  return { code: 1, signal: undefined };
}

/** Of this start of the machine, and in ticks of its clock; nothing when the process is gone or waits to be buried. */
async function findStart(pid: number): Promise<string | undefined> {
  try {
    const [stat, boot] = await Promise.all([
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
    ]);
    // The second field is the program's name in brackets, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot.trim()}/${fields[19]}`;
  } catch {
    return undefined;
  }
}

function parseRecord(text: string): EnvoyRecord | undefined {
  try {
    const { pid, start, command }: Partial<Record<keyof EnvoyRecord, unknown>> = JSON.parse(text);
    const isRecord = Number.isInteger(pid) && typeof start === 'string' && typeof command === 'string';
    return isRecord ? { pid: Number(pid), start, command } : undefined;
  } catch {
    return undefined;
  }
}
