import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import { type EnvoyStart, toEnvoyArguments } from './command-line.ts';

const log = createLog('envoy');

/** How a process ended: by itself with a code, or by a signal. */
export interface EnvoyExit {
  readonly code: number;
  readonly signal: NodeJS.Signals | undefined;
}

/** An Envoy that runs, whoever started it. */
export interface RunningEnvoy {
  readonly pid: number | undefined;
  /** Resolves when Envoy is gone, however that came. */
  readonly exit: Promise<EnvoyExit>;
  /** Ends it at once; nothing happens when it is gone. */
  kill(): void;
}

/**
 * The Envoy of this pod, as a child of the agent; what it prints goes where the agent prints. Its process group is its own: a Ctrl-C in a terminal
 * goes to all of a group, and would end Envoy before the agent has let its connections end.
 */
export class EnvoyProcess implements RunningEnvoy {
  readonly #child: ChildProcess;
  /** Resolves when Envoy is gone, however that came. */
  readonly exit: Promise<EnvoyExit>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    const { promise, resolve } = Promise.withResolvers<EnvoyExit>();
    child.once('exit', (code, signal) => resolve({ code: code ?? toCode(signal), signal: signal ?? undefined }));
    this.exit = promise;
  }

  /** Starts it. @throws Fault NOT_FOUND, FORBIDDEN when the binary cannot be run, which names the setting that says where it is */
  static async start(start: EnvoyStart): Promise<EnvoyProcess> {
    const args = toEnvoyArguments(start);
    const child = spawn(start.binary, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('spawn', resolve);
    child.once('error', reject);
    try {
      await promise;
    } catch (err) {
      throw toStartFault(err);
    }
    child.off('error', reject);
    // A signal that comes when Envoy is gone already.
    child.on('error', () => undefined);
    log.info({ event: 'envoy.started', pid: child.pid }, `${start.binary} ${args.join(' ')}`);
    return new EnvoyProcess(child);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** As shells say it. */
function toCode(signal: NodeJS.Signals | null): number {
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}

/** Of all that an agent is given, only one setting is about this. */
function toStartFault(err: unknown): Fault {
  const { code, message } = Fault.from(err);
  const where = "binaryPath of the ProxyConfig says where Envoy is (PROXY_CONFIG='{binaryPath: /path/to/envoy, …}')";
  return new Fault(code, `Envoy cannot be started: ${message}; ${where}`, err);
}
