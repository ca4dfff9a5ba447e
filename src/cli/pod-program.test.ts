import { describe, expect, it } from 'vitest';
import { type Command, defineCommand } from './command.ts';
import { flag } from './flag.ts';
import { asksForHelp, runPodCommand } from './pod-program.ts';
import { createProgram } from './program.ts';

const ran: unknown[] = [];
const define = (toleratesUnknown: boolean): Command =>
  defineCommand({
    name: 'go',
    summary: 'Goes.',
    flagNames: 'verbatim',
    positional: 'type',
    toleratesUnknown,
    flags: {
      type: flag.oneOf(['sidecar', 'router'], 'Type.'),
      count: flag.integer('Count.', { default: 0 }),
      fast: flag.boolean('Fast.'),
      list: flag.list('List.'),
    },
    run(values) {
      ran.push(values);
      return 0;
    },
  });

async function run(argv: readonly string[], toleratesUnknown = false) {
  const errors: string[] = [];
  const context = {
    print: () => undefined,
    printError: (text: string) => void errors.push(text),
    env: {},
    signal: new AbortController().signal,
  };
  ran.length = 0;
  const code = await runPodCommand(define(toleratesUnknown), argv, context);
  const values = [...ran];
  // What people's library makes of the same is the measure.
  ran.length = 0;
  const libraryCode = await createProgram([define(toleratesUnknown)]).run(['go', ...argv], context);
  return { code, values, errors, library: { code: libraryCode, values: [...ran] } };
}

describe('the arguments of a pod', () => {
  it.each([
    [[]],
    [['router']],
    [['router', '--count', '3']],
    [['--count=3', 'router', '--fast']],
    [['--fast=false', '--list=a,b', '--list', 'c']],
    [['--no-fast']],
    [['--count=many']],
    [['--unheard-of']],
  ])('%o are read as the library reads them', async (argv) => {
    const { code, values, library } = await run(argv);
    expect({ code, values }).toEqual(library);
  });

  it('may hold what nobody knows, where that is tolerated', async () => {
    const { code, values } = await run(['router', '--unheard-of=1'], true);
    expect([code, values]).toEqual([0, [{ type: 'router', count: 0, fast: false, list: [] }]]);
  });

  it('ask for help', () => {
    expect([asksForHelp(['agent', '--help']), asksForHelp(['agent'])]).toEqual([true, false]);
  });
});
