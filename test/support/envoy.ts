import { execFile, execFileSync } from 'node:child_process';
import { accessSync, constants, globSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createEnvoyAdmin, type EnvoyAdmin } from './envoy-admin.ts';
import { type RunningProcess, startProcess, whileRunning } from './process.ts';
import { type UntilOptions, until } from './until.ts';

/** A real Envoy on this machine: what stands in front of its arguments. */
export interface EnvoyProgram {
  readonly command: readonly [string, ...string[]];
}

/** An Envoy, or why there is none. */
export type EnvoySearch =
  | ({ readonly found: true } & EnvoyProgram)
  | { readonly found: false; readonly reason: string };

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Looks for Envoy where `make setup` and people put it: `ENVOY` (a path), `ENVOY_IMAGE` (a container image), the
 * wheel under `.tools`, the `PATH`. What was asked for by name and is not there is an answer, not a reason to look on.
 */
export function findEnvoy(env: Readonly<Record<string, string | undefined>> = process.env): EnvoySearch {
  if (env.ENVOY)
    return isExecutable(env.ENVOY) ? found(resolve(env.ENVOY)) : missing(`ENVOY=${env.ENVOY} cannot be run`);
  if (env.ENVOY_IMAGE) return findImage(env.ENVOY_IMAGE);
  const wheel = globSync('.tools/venv/lib/python3*/site-packages/envoy/_bin/envoy', { cwd: ROOT });
  const onPath = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'envoy'));
  const path = [...wheel.map((match) => join(ROOT, match)), ...onPath].find(isExecutable);
  return path === undefined
    ? missing('there is no Envoy here: run "make setup", or set ENVOY to its path')
    : found(path);
}

function found(...command: [string, ...string[]]): EnvoySearch {
  return { found: true, command };
}

function missing(reason: string): EnvoySearch {
  return { found: false, reason };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The image runs in the host's network, and sees the folder for temporary files, where bootstraps are written. */
function findImage(image: string): EnvoySearch {
  try {
    execFileSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' });
  } catch {
    return missing(`ENVOY_IMAGE=${image} needs docker, which does not answer here`);
  }
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const mount = `${tmpdir()}:${tmpdir()}`;
  const options = ['--rm', '--init', '--network', 'host', '--user', user, '--volume', mount, '--entrypoint', 'envoy'];
  return found('docker', 'run', ...options, image);
}

/** What Envoy says of a configuration that it does not run. */
export interface Verdict {
  readonly accepted: boolean;
  /** Why it was refused, in Envoy's words; empty when it was not. */
  readonly error: string;
  /** Deprecated fields and the like. */
  readonly warnings: readonly string[];
}

/** Runs `envoy --mode validate` on a bootstrap. */
export async function validate(envoy: EnvoyProgram, bootstrap: object): Promise<Verdict> {
  const dir = await mkdtemp(join(tmpdir(), 'pilothouse-validate-'));
  try {
    const file = join(dir, 'envoy.json');
    await writeFile(file, JSON.stringify(bootstrap));
    const [program, ...prefix] = envoy.command;
    const args = [...prefix, '-c', file, '--mode', 'validate', '-l', 'warning', '--log-format', '%l %v'];
    const { stderr, failed } = await promisify(execFile)(program, args, { maxBuffer: 1 << 26 }).then(
      (output) => ({ stderr: output.stderr, failed: false }),
      (err: unknown) => ({ stderr: hasStderr(err) ? err.stderr : String(err), failed: true }),
    );
    const lines = stderr.split('\n').filter((line) => line !== '');
    return {
      accepted: !failed,
      error: failed ? lines.filter((line) => !line.startsWith('warning ')).join('\n') : '',
      warnings: lines.filter((line) => line.startsWith('warning ')).map((line) => line.slice('warning '.length)),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function hasStderr(err: unknown): err is { stderr: string } {
  return (
    typeof err === 'object' && err !== null && 'stderr' in err && typeof err.stderr === 'string' && err.stderr !== ''
  );
}

export interface StartEnvoyOptions {
  /** What people call it; names its files. */
  readonly name: string;
  readonly bootstrap: object;
  /** Where the bootstrap's admin interface is: `host:port`. */
  readonly adminAddress: string;
  /** Folder for the bootstrap and the log. With a container image it must lie in the folder for temporary files. */
  readonly dir: string;
  /** Envoy's own: trace, debug, info, warning, error. `warning` when absent. */
  readonly logLevel?: string;
}

/** A running Envoy. */
export interface Envoy {
  readonly process: RunningProcess;
  readonly admin: EnvoyAdmin;
  /** Resolves when it is live, which is after its first listeners and clusters came; rejects when it dies before. */
  ready(options?: UntilOptions): Promise<void>;
}

/** Starts an Envoy with one worker thread and without hot restart, so that many fit on one machine. */
export async function startEnvoy(envoy: EnvoyProgram, options: StartEnvoyOptions): Promise<Envoy> {
  const file = join(options.dir, `${options.name}.json`);
  await writeFile(file, JSON.stringify(options.bootstrap, null, 2));
  const [program, ...prefix] = envoy.command;
  const args = [...prefix, '-c', file, '--concurrency', '1', '--disable-hot-restart', '--drain-time-s', '1'];
  const running = await startProcess({
    name: options.name,
    command: [program, ...args, '--log-level', options.logLevel ?? 'warning'],
    logPath: join(options.dir, `${options.name}.log`),
  });
  const admin = createEnvoyAdmin(options.adminAddress);
  return {
    process: running,
    admin,
    async ready(limits) {
      const live = until(`${options.name} to be live`, async () => ((await admin.isLive()) ? true : undefined), limits);
      await whileRunning(running, live);
    },
  };
}
