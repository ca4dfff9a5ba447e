import { defineCommand, ExitCode } from '../command.ts';
import { type Flag, flag } from '../flag.ts';

/** Words as they are: a body may hold commas. */
const wordsFlag: Flag<readonly string[]> = {
  summary: 'Method, path, and perhaps a body.',
  placeholder: 'word',
  env: undefined,
  absent: { value: [], text: undefined },
  parse: (texts) => ({ ok: true, value: texts }),
};

/** @see istio pilot/cmd/pilot-agent/request */
export const request = defineCommand({
  name: 'request',
  summary: "Ask this pod's Envoy or agent: `pilothouse request GET stats`.",
  details: 'What pilot-agent has for those who stand in a container without a client of HTTP.',
  examples: [{ does: "Look at Envoy's configuration", lines: ['pilothouse request GET config_dump'] }],
  flagNames: 'kebab',
  positional: 'words',
  takesMany: true,
  flags: {
    words: wordsFlag,
    debugPort: flag.integer('Port to ask: 15000, 15004, 15020 or 15021.', { default: 15_000 }),
  },
  async run({ words, debugPort }, { print, printError, signal }) {
    const [method, path, body] = words;
    if (method === undefined || path === undefined) {
      printError('what to ask is missing: METHOD PATH [BODY]');
      return ExitCode.usage;
    }
    const { askLocally } = await import('../../agent/request.ts');
    return askLocally({ method, path, body, port: debugPort }, { print, printError, signal });
  },
});
