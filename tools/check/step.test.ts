import { describe, expect, it } from 'vitest';
import { runStep } from './step.ts';

describe('runStep', () => {
  it.each([
    { what: 'a command that ends well', script: 'console.log("done")', ok: true, output: 'done\n' },
    { what: 'a command that fails', script: 'console.error("odd"); process.exit(3)', ok: false, output: 'odd\n' },
    {
      what: 'a command that is killed',
      script: 'process.kill(process.pid, "SIGKILL")',
      ok: false,
      output: 'ended by SIGKILL\n',
    },
  ])('tells how $what ended, and what it printed', async ({ script, ok, output }) => {
    const result = await runStep({ name: 'a', command: [process.execPath, '-e', script] }, process.cwd());
    expect({ ok: result.ok, output: result.output }).toEqual({ ok, output });
  });

  it('fails for a program that is not there', async () => {
    const result = await runStep({ name: 'a', command: ['/nonexistent/program'] }, process.cwd());
    expect(result).toEqual({ ok: false, seconds: expect.any(Number), output: expect.stringContaining('ENOENT') });
  });
});
