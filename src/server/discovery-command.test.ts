import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findServerPort } from '../../test/support/cluster/port.ts';
import { ExitCode } from '../cli/command.ts';
import { createProgram } from '../cli/program.ts';
import { configureLogs } from '../kit/log.ts';
import { discovery } from './discovery-command.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilothouse-discovery-'));
let ready = Promise.withResolvers<Readonly<Record<string, unknown>>>();

beforeAll(() =>
  configureLogs({
    format: 'json',
    write: (line) => {
      const told = JSON.parse(line);
      if (told.event === 'server.ready') ready.resolve(told);
    },
  }),
);
afterAll(() => {
  configureLogs({ format: 'text', write: (line) => process.stderr.write(line) });
  rmSync(folder, { recursive: true });
});

/** Runs the command until it is ready. @returns what it told then. */
async function runUntilReady(...flags: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  ready = Promise.withResolvers();
  const stop = new AbortController();
  const errors: string[] = [];
  const printError = (text: string) => void errors.push(text);
  const context = { print: () => {}, printError, env: { HOME: folder }, signal: stop.signal };
  const argv = ['discovery', '--configDir', folder, '--log_as_json', '--monitoringAddr', '127.0.0.1:0', ...flags];
  const ended = createProgram([discovery]).run(argv, context);
  const told = await Promise.race([ready.promise, ended.then(() => Promise.reject(new Error(errors.join('\n'))))]);
  stop.abort();
  expect(await ended).toBe(ExitCode.ok);
  return told;
}

describe('pilothouse discovery', () => {
  const ANY = ['xds', 'secureXds', 'http', 'webhooks', 'monitoring', 'controlZ'];

  it('names every port that listens when it is ready', async () => {
    const controlZ = await findServerPort();
    const told = await runUntilReady(
      ...['--grpcAddr', '127.0.0.1:0', '--secureGRPCAddr', '127.0.0.1:0', '--httpAddr', '127.0.0.1:0'],
      ...['--httpsAddr', '127.0.0.1:0', '--ctrlz_address', '127.0.0.1', '--ctrlz_port', `${controlZ}`],
      ...['--stateDir', path.join(folder, 'state')],
    );
    const ports = ANY.map((name) => told[name]);
    expect(ports.filter((port) => typeof port === 'number' && port > 0)).toHaveLength(ANY.length);
    expect([new Set(ports).size, told.controlZ]).toEqual([ANY.length, controlZ]);
  });
});
