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
    return await runAgent(await readAgentSettings(flags, env), signal);
  } catch (err) {
    const fault = Fault.from(err);
    if (fault.code === 'INTERNAL') throw err;
    printError(`${fault.message} (${fault.code})`);
    return 1;
  }
}
