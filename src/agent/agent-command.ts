import { Fault } from '../kit/fault.ts';
import { configureLogs } from '../kit/log.ts';
import { parseLogLevels } from '../kit/log-levels.ts';
import { runAgent } from './run-agent.ts';
import { type AgentFlags, readAgentSettings } from './settings/agent-settings.ts';
import type { Environment } from './settings/environment.ts';

/** What the command line says beside the settings. */
interface LogFlags {
  readonly log_output_level: readonly string[];
  readonly log_as_json: boolean;
}

/** What the process gives to the command. */
interface Surroundings {
  readonly env: Environment;
  readonly signal: AbortSignal;
  readonly printError: (text: string) => void;
}

/** Runs the command `agent` from its flags to its exit code. */
export async function startAgentCommand(
  flags: AgentFlags & LogFlags,
  { env, signal, printError }: Surroundings,
): Promise<number> {
  const levels = parseLogLevels(flags.log_output_level.join(','));
  configureLogs({ levels: levels.levels, ...(flags.log_as_json && { format: 'json' as const }) });
  for (const problem of levels.problems) printError(`--log_output_level: ${problem}`);
  try {
    return await runAgent(await readAgentSettings(flags, env), { stop: signal, hurry: whenAskedTwice(signal) });
  } catch (err) {
    const fault = Fault.from(err);
    if (fault.code === 'INTERNAL') throw err;
    printError(`${fault.message} (${fault.code})`);
    return 1;
  }
}

/** The first signal that asks to stop has been taken by whoever started us; a second one must not leave Envoy behind. */
function whenAskedTwice(stop: AbortSignal): AbortSignal {
  const hurry = new AbortController();
  stop.addEventListener('abort', () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => hurry.abort());
  });
  return hurry.signal;
}
