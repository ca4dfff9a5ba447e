import { aborted } from '../kit/abort.ts';
import { createLog } from '../kit/log.ts';
import { Agent } from './agent.ts';
import type { DnsProxyOptions } from './dns/dns-proxy.ts';
import type { EnvoyExit, RunningEnvoy } from './envoy/envoy-process.ts';
import type { AgentSettings } from './settings/agent-settings.ts';

const log = createLog('agent');

/** By then there is a certificate, and Envoy has its configuration. */
const SETTLED_MS = 3000;

/** How an agent is asked to end. */
export interface StopSignals {
  /** With time for connections to end. */
  readonly stop: AbortSignal;
  /** At once: whoever asks twice does not want to wait. */
  readonly hurry: AbortSignal;
}

/**
 * Runs an agent with its Envoy until it is asked to stop, or Envoy ends by itself.
 *
 * @returns the exit code for the process: Envoy's own, when Envoy ended first
 */
export async function runAgent(settings: AgentSettings, signals: StopSignals): Promise<number> {
  const agent = new Agent({ settings, createDns: settings.dns && (await loadDns()) });
  try {
    await agent.start();
    giveBackSoon(signals.stop);
    if (signals.stop.aborted) return 0;
    const asked = Promise.race([aborted(signals.stop).then(() => undefined), agent.quit.then(() => 'quit' as const)]);
    if (settings.envoy.isDisabled) {
      await asked;
      return 0;
    }
    return await accompany(agent, await agent.startEnvoy(), { ...signals, asked, settings });
  } finally {
    await agent.stop();
  }
}

async function loadDns() {
  const { DnsProxy } = await import('./dns/dns-proxy.ts');
  return (options: DnsProxyOptions) => new DnsProxy(options);
}

async function accompany(
  agent: Agent,
  envoy: RunningEnvoy,
  how: StopSignals & { readonly asked: Promise<'quit' | undefined>; readonly settings: AgentSettings },
): Promise<number> {
  const first = await Promise.race([envoy.exit, how.asked]);
  if (first === 'quit') {
    log.info({ event: 'agent.quit' }, 'asked to end at once');
    return 0;
  }
  if (first !== undefined) return reportExit(first);
  log.info({ event: 'agent.stopping' }, 'asked to stop');
  // One end for all of it: what is still open then is cut off by us, not by whoever waits for us.
  const deadline = AbortSignal.timeout(how.settings.shutdown.deadlineMs);
  await agent.drain(AbortSignal.any([how.hurry, deadline]));
  return 0;
}

/** When what is only done once is done, the memory that it took goes back: pods live for weeks, and start once. */
function giveBackSoon(stop: AbortSignal): void {
  const collect = globalThis.gc;
  if (collect === undefined) return;
  const timer = setTimeout(() => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' }), SETTLED_MS);
  timer.unref();
  stop.addEventListener('abort', () => clearTimeout(timer), { once: true });
}

function reportExit({ code, signal }: EnvoyExit): number {
  const how = signal === undefined ? `with code ${code}` : `by ${signal}`;
  log.error({ event: 'envoy.exited', code, signal }, `Envoy ended ${how}; so does the agent`);
  return code;
}
