import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openJoinKey } from '../../ca/join-key.ts';
import { JoinTokenAuthenticator } from '../../ca/join-token.ts';
import { ExitCode } from '../command.ts';
import { createProgram } from '../program.ts';
import { tokenCreate } from './token-create.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilothouse-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const context = {
    print: (text: string) => void out.push(text),
    printError: (text: string) => void err.push(text),
    env: {},
    signal: new AbortController().signal,
  };
  const code = await createProgram([tokenCreate]).run(['token', 'create', ...argv], context);
  return { code, out: out.join('\n'), err: err.join('\n') };
}

describe('pilothouse token create', () => {
  it('signs a token that the control plane of the same state directory takes', async () => {
    const stateDir = path.join(folder, 'state');
    mkdirSync(stateDir, { mode: 0o700 });
    const { code, out } = await run('--namespace', 'shop', '--service-account', 'reviews', '--state-dir', stateDir);
    const key = await openJoinKey(stateDir);
    const authenticator = new JoinTokenAuthenticator({ key, trustDomain: () => 'td' });
    const caller = await authenticator.authenticate({ token: out, peerAddress: '', cluster: '' });
    const mode = statSync(path.join(stateDir, 'join-key.pem')).mode & 0o777;
    expect({ code, caller, mode }).toEqual({
      code: ExitCode.ok,
      caller: { identities: ['spiffe://td/ns/shop/sa/reviews'], source: 'join-token' },
      mode: 0o600,
    });
  });

  it('refuses a folder in which no control plane has kept anything, and does not make it', async () => {
    const stateDir = path.join(folder, 'nope');
    expect(await run('--state-dir', stateDir)).toEqual({
      code: ExitCode.failed,
      out: '',
      err: `--state-dir: no control plane has kept anything in ${stateDir}: start it with that as its --stateDir first`,
    });
    expect(existsSync(stateDir)).toBe(false);
  });

  it.each([
    { what: 'no state directory', argv: [], says: '--state-dir is required' },
    {
      what: 'a name that is none',
      argv: ['--state-dir', 'x', '--namespace', 'A/B'],
      says: '--namespace: expected lower-case',
    },
  ])('refuses $what', async ({ argv, says }) => {
    const { code, err } = await run(...argv);
    expect([code, err]).toEqual([ExitCode.usage, expect.stringContaining(says)]);
  });
});
