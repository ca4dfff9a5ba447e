import { aborted } from '../kit/abort.ts';
import { createLog } from '../kit/log.ts';
import { Agent } from './agent.ts';
import type { EnvoyExit } from './envoy/envoy-process.ts';
import type { AgentSettings } from './settings/agent-settings.ts';

const log = createLog('agent');

/** A pod has this long, by Kubernetes' default; less a second, so that we end and are not ended. Milliseconds. */
const SHUTDOWN_MS = 29_000;

/**
 * Runs an agent with its Envoy until the signal is aborted, or Envoy ends by itself.
 *
 * @returns the exit code for the process: Envoy's own, when Envoy ended first
 */
export async function runAgent(settings: AgentSettings, signal: AbortSignal): Promise<number> {
  const agent = new Agent({ settings });
  try {
    await agent.start();
    if (settings.envoy.isDisabled) {
      await aborted(signal);
      return 0;
    }
    const gone = await agent.startEnvoy();
    const first = await Promise.race([gone.exit, aborted(signal).then(() => undefined)]);
    if (first !== undefined) return reportExit(first);
    log.info({ event: 'agent.stopping' }, 'asked to stop');
    await agent.drain(SHUTDOWN_MS);
    return 0;
  } finally {
    await agent.stop();
  }
}

function reportExit({ code, signal }: EnvoyExit): number {
  const how = signal === undefined ? `with code ${code}` : `by ${signal}`;
  log.error({ event: 'envoy.exited', code, signal }, `Envoy ended ${how}; so does the agent`);
  return code;
}
