import { describe, expect, it } from 'vitest';
import { defineCommand, ExitCode } from './command.ts';
import { flag } from './flag.ts';
import { createProgram } from './program.ts';

const echo = defineCommand({
  name: 'echo',
  aliases: ['e'],
  summary: 'Print the flags.',
  examples: [{ does: 'Say it thrice', lines: ['pilothouse echo --times 3'] }],
  flags: {
    maxTimes: flag.integer('How often.', { env: 'TIMES', default: 1 }),
    loud: flag.boolean('Shout.'),
    label: flag.pairs('Labels.'),
  },
  run(values, { print }) {
    print(JSON.stringify(values));
    return ExitCode.ok;
  },
});

const old = defineCommand({
  name: 'old',
  summary: 'Take flags with names from elsewhere.',
  flagNames: 'verbatim',
  flags: { log_output_level: flag.string('Level.'), configDir: flag.string('Directory.', { required: true }) },
  run(values, { print }) {
    print(JSON.stringify(values));
    return ExitCode.failed;
  },
});

const broken = defineCommand({
  name: 'broken',
  summary: 'Throw.',
  flags: {},
  run() {
    throw new Error('the tests broke this');
  },
});

const unlucky = defineCommand({
  name: 'unlucky',
  summary: 'Fail for a reason outside.',
  flags: {},
  run() {
    throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:15014'), { code: 'ECONNREFUSED' });
  },
});

describe('Program.run', () => {
  it.each([
    { argv: ['echo'], env: {}, out: { maxTimes: 1, loud: false, label: {} } },
    { argv: ['e', '--max-times', '3', '--loud'], env: {}, out: { maxTimes: 3, loud: true, label: {} } },
    { argv: ['echo', '--max-times=3'], env: { TIMES: '7' }, out: { maxTimes: 3, loud: false, label: {} } },
    { argv: ['echo'], env: { TIMES: '7' }, out: { maxTimes: 7, loud: false, label: {} } },
    { argv: ['echo'], env: { TIMES: '' }, out: { maxTimes: 1, loud: false, label: {} } },
    { argv: ['echo', '--loud', '--no-loud'], env: {}, out: { maxTimes: 1, loud: false, label: {} } },
    { argv: ['echo', '--loud=true'], env: {}, out: { maxTimes: 1, loud: true, label: {} } },
    { argv: ['echo', '--loud=false'], env: {}, out: { maxTimes: 1, loud: false, label: {} } },
    {
      argv: ['echo', '--label', 'a=1', '--label', 'b=2'],
      env: {},
      out: { maxTimes: 1, loud: false, label: { a: '1', b: '2' } },
    },
  ])('gives the values of $argv with $env', async ({ argv, env, out }) => {
    expect(await run(argv, env)).toEqual({ code: ExitCode.ok, out: [JSON.stringify(out)], err: [] });
  });

  it('keeps names that others chose, and the exit code of the command', async () => {
    expect(await run(['old', '--log_output_level', 'debug', '--configDir=x'])).toEqual({
      code: ExitCode.failed,
      out: ['{"log_output_level":"debug","configDir":"x"}'],
      err: [],
    });
  });

  it('prints its version', async () => {
    expect(await run(['--version'])).toEqual({
      code: ExitCode.ok,
      out: [expect.stringMatching(/^pilothouse \d+\.\d+\.\d+/)],
      err: [],
    });
  });

  it('names every flag that is wrong at once, and where it came from', async () => {
    expect(await run(['echo', '--label', 'x'], { TIMES: 'many' })).toEqual({
      code: ExitCode.usage,
      out: [],
      err: [
        'environment variable TIMES: expected a whole number, got "many"',
        '--label: expected name=value, got "x"',
        'Run "pilothouse echo --help" for the flags of this command.',
      ],
    });
  });

  it.each([
    { argv: ['old'], says: '--configDir is required' },
    { argv: ['ecko'], says: "error: unknown command 'ecko'\n(Did you mean echo?)" },
    { argv: ['echo', '--laud'], says: "error: unknown option '--laud'\n(Did you mean --loud?)" },
    { argv: ['echo', 'more'], says: "error: too many arguments for 'echo'. Expected 0 arguments but got 1: more." },
    { argv: ['echo', '--loud=perhaps'], says: "error: unknown option '--loud=perhaps'" },
  ])('says what is wrong with $argv', async ({ argv, says }) => {
    const { code, out, err } = await run(argv);
    expect({ code, out }).toEqual({ code: ExitCode.usage, out: [] });
    expect(err[0]).toBe(says);
  });

  it('prints help as an answer, with defaults, variables and examples', async () => {
    const { code, out, err } = await run(['echo', '--help']);
    expect({ code, err }).toEqual({ code: ExitCode.ok, err: [] });
    expect(out.join('\n')).toContain('--max-times <number>  How often. (default 1, environment TIMES)');
    expect(out.join('\n')).toContain('Say it thrice:\n  pilothouse echo --times 3');
  });

  it('lists the commands', async () => {
    const { out } = await run(['--help']);
    expect(out.join('\n')).toContain('echo|e [options]  Print the flags.');
  });

  it('reports a fault in one line', async () => {
    expect(await run(['unlucky'])).toEqual({
      code: ExitCode.failed,
      out: [],
      err: ['connect ECONNREFUSED 127.0.0.1:15014 (UNAVAILABLE)'],
    });
  });

  it('reports a bug with its stack', async () => {
    const { code, err } = await run(['broken']);
    expect(code).toBe(ExitCode.bug);
    expect(err[0]).toMatch(/^Error: the tests broke this\n +at /);
  });
});

async function run(argv: readonly string[], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await createProgram([echo, old, broken, unlucky]).run(argv, {
    print: (text) => out.push(text),
    printError: (text) => err.push(text),
    env,
    signal: new AbortController().signal,
  });
  return { code, out, err };
}
