import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnvoyProcess } from './envoy-process.ts';

const START = {
  bootstrapFile: 'envoy-rev.json',
  drainMs: 45_000,
  isIpv6: false,
  logLevel: 'warning',
  componentLogLevel: '',
  concurrency: 1,
  override: undefined,
};

describe('the process of an Envoy', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'envoy-process-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const writeProgram = async (mode: number) => {
    const binary = path.join(folder, 'envoy');
    await writeFile(binary, '#!/bin/sh\nexec sleep 60\n', { mode });
    return binary;
  };

  it('leads a process group of its own, so that a Ctrl-C is for the agent alone, and is still a child that can be ended', async () => {
    const envoy = await EnvoyProcess.start({ ...START, binary: await writeProgram(0o755) });
    const stat = await readFile(`/proc/${envoy.pid}/stat`, 'utf8');
    const [, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    envoy.kill();
    const exit = await envoy.exit;
    expect({ parent, group, exit }).toEqual({
      parent: String(process.pid),
      group: String(envoy.pid),
      exit: { code: 137, signal: 'SIGKILL' },
    });
  });

  it.each([
    {
      what: 'is not there',
      make: async () => '/nowhere/envoy',
      code: 'NOT_FOUND',
      says: 'spawn /nowhere/envoy ENOENT',
    },
    { what: 'may not be run', make: () => writeProgram(0o644), code: 'FORBIDDEN', says: 'EACCES' },
  ])('says where to look when the binary $what', async ({ make, code, says }) => {
    const start = EnvoyProcess.start({ ...START, binary: await make() });
    await expect(start).rejects.toMatchObject({ code, message: expect.stringContaining(says) });
    await expect(start).rejects.toThrow('binaryPath of the ProxyConfig says where Envoy is');
  });
});
