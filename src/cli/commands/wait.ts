import { defineCommand } from '../command.ts';
import { flag } from '../flag.ts';

/** What an application's container runs first where it must not start before its proxy. @see istio pilot/cmd/pilot-agent/app/wait.go */
export const wait = defineCommand({
  name: 'wait',
  summary: 'Wait until the proxy of this pod is ready.',
  flagNames: 'verbatim',
  flags: {
    url: flag.string('What to ask.', { default: 'http://localhost:15021/healthz/ready' }),
    timeoutSeconds: flag.integer('How long to wait.', { default: 60 }),
    periodMillis: flag.integer('How long to wait between questions.', { default: 500 }),
    requestTimeoutMillis: flag.integer('How long to wait for one answer.', { default: 500 }),
  },
  async run(values, { printError, signal }) {
    const { waitUntilReady } = await import('../../agent/wait.ts');
    return waitUntilReady(values, { printError, signal });
  },
});
