import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdoptedEnvoy, findRecorded, writeRecord } from './envoy-record.ts';

describe('the record of an Envoy', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'record-'));
    file = path.join(folder, 'envoy.pid');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds a process that runs, and tells when it ends', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    await once(child, 'spawn');
    await writeRecord(file, child.pid ?? 0, 'command');
    const record = await findRecorded(file);
    expect(record).toMatchObject({ pid: child.pid, command: 'command' });
    if (record === undefined) return;
    const adopted = new AdoptedEnvoy(record);
    adopted.kill();
    expect(await adopted.exit).toEqual({ code: 1, signal: undefined });
    expect(await findRecorded(file)).toBe(undefined);
  });

  it('does not take another process of the same number for it', async () => {
    await writeRecord(file, process.pid, 'command');
    const record = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...record, start: `${record.start}0` }));
    expect(await findRecorded(file)).toBe(undefined);
  });

  it.each(['', 'nonsense', '{}', '{"pid":"1","start":"","command":""}', 'null'])('may be spoilt: %s', async (text) => {
    await writeFile(file, text);
    expect(await findRecorded(file)).toBe(undefined);
  });
});
