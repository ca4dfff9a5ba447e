import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configureLogs } from '../kit/log.ts';
import { TokenFile } from './token-file.ts';

describe('the file with the token', () => {
  let folder: string;
  let file: string;
  let lines: string[];
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'token-file-'));
    file = path.join(folder, 'istio-token');
    lines = [];
    configureLogs({ format: 'text', write: (line) => lines.push(line.split('\t').slice(1).join(' ').trim()) });
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is missed once with its path, until that changes', async () => {
    const token = new TokenFile(file);
    const warning = (what: string) =>
      `warn agent no token to prove with who this is: ${file} ${what}; it is looked for again each time that one is sent event=token.missing path=${file}`;
    expect(await token.read({ isNeeded: true })).toBe(undefined);
    expect(await token.read({ isNeeded: true })).toBe(undefined);
    expect(token.describe()).toBe(`no token was sent: ${file} does not exist`);
    await writeFile(file, '\n');
    expect(await token.read({ isNeeded: true })).toBe(undefined);
    await writeFile(file, 'abc\n');
    expect(await token.read({ isNeeded: true })).toBe('abc');
    expect(await token.read({ isNeeded: true })).toBe('abc');
    expect(token.describe()).toBe(`the token sent was that of ${file}`);
    expect(lines).toEqual([
      warning('does not exist'),
      warning('is empty'),
      `info agent there is a token now: ${file} event=token.found path=${file}`,
    ]);
  });

  it('says why it cannot be read', async () => {
    await mkdir(file);
    const token = new TokenFile(file);
    expect(await token.read({ isNeeded: true })).toBe(undefined);
    expect(token.describe()).toBe(
      `no token was sent: ${file} cannot be read (EISDIR: illegal operation on a directory, read)`,
    );
  });

  it('is not missed where a certificate proves who this is, and found without a word', async () => {
    const token = new TokenFile(file);
    expect(await token.read({ isNeeded: false })).toBe(undefined);
    expect(token.describe()).toBe(`no token was sent: ${file} does not exist`);
    await writeFile(file, 'abc');
    expect(await token.read({ isNeeded: false })).toBe('abc');
    expect(lines).toEqual([]);
  });

  it('may be none at all', async () => {
    const token = new TokenFile(undefined);
    expect([await token.read({ isNeeded: true }), token.describe(), lines]).toEqual([
      undefined,
      'no token was sent, as JWT_POLICY says',
      [],
    ]);
  });
});
