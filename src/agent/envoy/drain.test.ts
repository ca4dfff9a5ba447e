import { expect, it } from 'vitest';
import { configureLogs } from '../../kit/log.ts';
import { EnvoyAdmin } from './admin.ts';
import { startDrain } from './drain.ts';

it('an Envoy that cannot be asked to drain is one line of the log', async () => {
  const lines: string[] = [];
  configureLogs({ format: 'text', write: (line) => lines.push(line) });
  // Nobody can listen on port 0.
  await startDrain(new EnvoyAdmin(0), 'sidecar');
  expect(lines).toEqual([
    expect.stringMatching(
      /^[^\n]*warn\tenvoy\tEnvoy could not be asked to drain its connections: Envoy's \/drain_listeners\?inboundonly&graceful: [^\n]* event=envoy\.drain code=AGENT_CALL_FAILED\n$/,
    ),
  ]);
});
