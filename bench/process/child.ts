import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** A process that the bench started, known by its id. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly process: ChildProcess;
  readonly logPath: string;
  /** Asks it to end, insists after `graceMs` milliseconds, and resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Everything it prints goes there. */
  readonly logPath: string;
  /** It serves procedures to us. */
  readonly serves?: boolean;
  /** Added to this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const alive = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/**
 * Starts a process that does not outlive this one.
 * It has a group of its own, so that Ctrl-C reaches only the bench, which stops it in turn.
 */
export async function startChild({ name, command, logPath, serves = false, env = {} }: ChildOptions): Promise<Child> {
  const [program, ...args] = command;
  const log = openSync(logPath, 'a');
  const child = spawn(program, args, {
    stdio: ['ignore', log, log, serves ? 'ipc' : 'ignore'],
    serialization: 'advanced',
    detached: true,
    env: { ...process.env, ...env },
  });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  closeSync(log);
  await once(child, 'spawn');
  return { name, pid: child.pid ?? 0, process: child, logPath, stop: (graceMs = 5000) => stop(child, graceMs) };
}

async function stop(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(timer);
}

/** The last lines that a child printed. */
export function tailOf({ logPath }: Child, lines = 15): string {
  return readFileSync(logPath, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}
