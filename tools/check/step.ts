import { spawn } from 'node:child_process';

/** One part of the check: a command that must end well. */
export interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Whether its output is shown while it runs, for what takes minutes. */
  readonly live?: boolean;
}

/** How a step ended. */
export interface StepResult {
  readonly ok: boolean;
  readonly seconds: number;
  /** All that it printed, when it was not shown already. */
  readonly output: string;
}

/** Runs a step in the repository's root. */
export function runStep(
  { command: [program, ...args], env, live = false }: Step,
  repository: string,
): Promise<StepResult> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<StepResult>();
  const chunks: Buffer[] = [];
  const child = spawn(program, args, {
    cwd: repository,
    env: { ...process.env, ...env },
    stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
  });
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const end = (ok: boolean, note = '') => {
    const output = `${Buffer.concat(chunks).toString('utf8')}${note}`;
    resolve({ ok, seconds: (performance.now() - started) / 1000, output });
  };
  child.on('error', (error) => end(false, `${error}\n`));
  child.on('close', (code, signal) => end(code === 0, signal === null ? '' : `ended by ${signal}\n`));
  return promise;
}
