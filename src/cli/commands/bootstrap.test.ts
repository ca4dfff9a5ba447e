import { describe, expect, it } from 'vitest';
import { tcpAddress } from '../../agent/address.ts';
import { compileBootstrap } from '../../agent/bootstrap.ts';
import { ExitCode } from '../command.ts';
import { createProgram } from '../program.ts';
import { bootstrap } from './bootstrap.ts';

describe('pilothouse bootstrap', () => {
  it('prints the bootstrap of what the flags say', async () => {
    const { code, out } = await run(
      ['--type', 'router', '--ip', '10.0.0.1,fd00::1', '--id', 'edge-1', '--namespace', 'infra'],
      ['--label', 'istio=ingressgateway', '--discovery-address', '[fd00::2]:15010', '--admin', '9901'],
      ['--health', '10.0.0.1:15021', '--metrics', '15090', '--stats', 'all', '--interception-mode', 'REDIRECT'],
      ['--locality', 'eu/eu-1', '--service-account', 'edge', '--meta', 'NETWORK=n1', '--domain', 'mesh.internal'],
    );
    expect({ code, out: JSON.parse(out) }).toEqual({
      code: ExitCode.ok,
      out: compileBootstrap({
        proxy: {
          type: 'router',
          ips: ['10.0.0.1', 'fd00::1'],
          name: 'edge-1',
          namespace: 'infra',
          domain: 'mesh.internal',
          labels: { istio: 'ingressgateway' },
          interception: 'REDIRECT',
          clusterId: 'Kubernetes',
          serviceAccount: 'edge',
          locality: { region: 'eu', zone: 'eu-1', subzone: '' },
          metadata: { NETWORK: 'n1' },
        },
        discovery: tcpAddress('fd00::2', 15010),
        admin: tcpAddress('127.0.0.1', 9901),
        health: tcpAddress('10.0.0.1', 15021),
        metrics: tcpAddress('127.0.0.1', 15090),
        stats: 'all',
      }),
    });
  });

  it.each([
    { args: ['--ip', 'localhost'], says: '--ip: expected IP addresses, separated by commas, got "localhost"' },
    {
      args: ['--ip', '::1', '--admin', 'unix:///x'],
      says: '--admin: expected host:port, or a port of 127.0.0.1, got "unix:///x"',
    },
    {
      args: ['--ip', '::1', '--locality', 'a/b/c/d'],
      says: '--locality: expected region, region/zone or region/zone/subzone, got "a/b/c/d"',
    },
  ])('refuses $args', async ({ args, says }) => {
    const { code, err } = await run(['--id', 'x'], args);
    expect({ code, says: err.split('\n')[0] }).toEqual({ code: ExitCode.usage, says });
  });
});

async function run(...args: readonly string[][]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await createProgram([bootstrap]).run(['bootstrap', ...args.flat()], {
    print: (text) => out.push(text),
    printError: (text) => err.push(text),
    env: {},
    signal: new AbortController().signal,
  });
  return { code, out: out.join('\n'), err: err.join('\n') };
}
