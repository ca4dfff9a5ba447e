import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

export interface ProcessOptions {
  /** What people call it, in messages. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Everything the process prints goes to this file. */
  readonly logPath: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with each line that the process prints. */
  readonly onLine?: (line: string) => void;
}

/** How a process ended: with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that this one started, known by its id and never by its name. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
  /** Resolves when it has ended, whoever ended it. Never rejects. */
  readonly exited: Promise<Exit>;
  /** Whether `stop` was called: an end after that is no accident. */
  readonly isStopping: boolean;
  /** The last lines it printed. */
  tail(): string[];
  /** Sends SIGTERM, and SIGKILL when `graceMs` milliseconds (5,000) were not enough. Resolves when it is gone. */
  stop(graceMs?: number): Promise<Exit>;
  /** Ends it at once, as a crash would. Resolves when it is gone. */
  kill(): Promise<Exit>;
}

const TAIL_LINES = 30;

/**
 * Starts a process in a group of its own, so that a Ctrl-C in the terminal does not reach it: whoever started it
 * decides when it ends.
 * @throws Error when the program cannot be run at all.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const [program, ...args] = options.command;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  endWithUs(child);
  const log = createWriteStream(options.logPath, { flags: 'a' });
  const lines = keepTail(child, log, options.onLine);
  const exited = watchExit(child, log);
  await once(child, 'spawn');
  return toRunningProcess(options, child, { lines, exited });
}

const alive = new Set<ChildProcess>();

/** However this process ends, what it started does not outlive it. */
function endWithUs(child: ChildProcess): void {
  if (alive.size === 0) process.once('exit', killAll);
  alive.add(child);
  tellWatchdog();
  child.once('exit', () => {
    alive.delete(child);
    if (alive.size === 0) process.off('exit', killAll);
    tellWatchdog();
  });
}

/** Remembers the last line of process ids it is told, and ends those processes once nobody is there to tell it more. */
const WATCHDOG = 'while read -r line; do ids=$line; done; [ -z "$ids" ] || kill -9 $ids';

let watchdog: ChildProcess | undefined;

/** A SIGKILL leaves this process no time for anything: a shell that waits for the end of its input does what is left to do. */
function tellWatchdog(): void {
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(`${[...alive].flatMap(({ pid }) => pid ?? []).join(' ')}\n`);
}

function startWatchdog(): ChildProcess {
  const shell = spawn('sh', ['-c', WATCHDOG], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return shell;
}

function killAll(): void {
  for (const child of alive) child.kill('SIGKILL');
}

function toRunningProcess(
  { name, logPath }: ProcessOptions,
  child: ChildProcess,
  { lines, exited }: { lines: readonly string[]; exited: Promise<Exit> },
): RunningProcess {
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} was started and has no process id`);
  let isStopping = false;
  return {
    name,
    pid,
    logPath,
    exited,
    get isStopping() {
      return isStopping;
    },
    tail: () => [...lines],
    async stop(graceMs = 5_000) {
      isStopping = true;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
    kill() {
      isStopping = true;
      child.kill('SIGKILL');
      return exited;
    },
  };
}

/** Copies both outputs to the log, line by line, and remembers the last ones. */
function keepTail(child: ChildProcess, log: WriteStream, onLine: ProcessOptions['onLine']): readonly string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      log.write(`${line}\n`);
      lines.push(line);
      if (lines.length > TAIL_LINES) lines.shift();
      onLine?.(line);
    });
  }
  return lines;
}

function watchExit(child: ChildProcess, log: WriteStream): Promise<Exit> {
  return new Promise((resolve) => {
    // `close` comes after `exit`, when the last line has been read; a failed spawn has only `error`.
    child.once('close', (code, signal) => {
      log.end();
      resolve({ code, signal });
    });
    child.once('error', () => {
      log.end();
      resolve({ code: null, signal: null });
    });
  });
}

/** How a process ended, with the last lines that it printed: for people who have to find out why. */
export async function describeExit(running: RunningProcess): Promise<string> {
  const { code, signal } = await running.exited;
  const how = signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
  const tail = running.tail().map((line) => `    ${line}`);
  return [`${running.name} (pid ${running.pid}) ${how}; the end of ${running.logPath}:`, ...tail].join('\n');
}

/** What `promise` comes to, unless the process ends first: then a rejection that says how. */
export async function whileRunning<T>(running: RunningProcess, promise: Promise<T>): Promise<T> {
  const ended = running.exited.then(async () => {
    throw new Error(await describeExit(running));
  });
  // The loser of the race may reject later, when nobody waits for it any more.
  ended.catch(() => undefined);
  promise.catch(() => undefined);
  return Promise.race([promise, ended]);
}
