import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_MS = 1e6;
const KB_PER_MB = 1024;
/** What Linux counts CPU time in, for user space, on every architecture that Node runs on. */
const MS_PER_TICK = 10;

/** CPU time that a process has used so far, all its threads together, in milliseconds. */
export function cpuMs(pid: number): number {
  return readScheduledMs(pid) ?? readTicksMs(pid);
}

/** To the nanosecond, where the kernel keeps it. A thread that has ended no longer counts; Node keeps its own. */
function readScheduledMs(pid: number): number | undefined {
  try {
    let ns = 0;
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      ns += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    }
    return ns > 0 ? ns / NS_PER_MS : undefined;
  } catch {
    return undefined;
  }
}

/** Whether one of its threads runs, or would if a processor were free. */
export function isRunnable(pid: number): boolean {
  return readdirSync(`/proc/${pid}/task`).some((thread) => {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return stat.charAt(stat.lastIndexOf(')') + 2) === 'R';
    } catch {
      return false;
    }
  });
}

function readTicksMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command's name, in parentheses, may contain spaces: user and system time come 12th and 13th behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

/** Memory of a process in MB. */
export interface Memory {
  readonly residentMb: number;
  /** The most it ever had. */
  readonly peakMb: number;
}

export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const read = (key: string) => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / KB_PER_MB;
  return { residentMb: read('VmRSS'), peakMb: read('VmHWM') };
}
