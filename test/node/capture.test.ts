import { execFile } from 'node:child_process';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createNamespace, needNamespaces, type NetworkNamespace } from '../support/node/namespace.ts';

const POD = [
  '-p',
  '15001',
  '-z',
  '15006',
  '-u',
  '1337',
  '-m',
  'REDIRECT',
  '-i',
  '*',
  '-x',
  '',
  '-b',
  '*',
  '-d',
  '15090,15021',
];

interface Run {
  readonly code: number;
  readonly output: string;
}

describe('pilothouse iptables, in a network namespace', () => {
  beforeEach((context) => needNamespaces(context, 'nft'));

  const pilothouse = (namespace: NetworkNamespace, ...args: readonly string[]): Promise<Run> => {
    const { promise, resolve } = Promise.withResolvers<Run>();
    const main = path.resolve(import.meta.dirname, '../../src/server/main.ts');
    const command = ['netns', 'exec', namespace.name, process.execPath, '--no-warnings', main, 'iptables', ...args];
    execFile('ip', command, (err, out, errors) => resolve({ code: Number(err?.code ?? 0), output: out + errors }));
    return promise;
  };

  /** The rules as the kernel has them, without its counters and times. */
  const saved = async (namespace: NetworkNamespace) =>
    (await namespace.run('iptables-save')).split('\n').filter((line) => /^(-A|:ISTIO|\*)/.test(line));

  it.each<[string, readonly string[]]>([
    ['REDIRECT', POD],
    ['REDIRECT with DNS', [...POD, '--redirect-dns', '--capture-all-dns']],
    ['TPROXY', [...POD, '-m', 'TPROXY', '--drop-invalid', '-c', 'eth9']],
  ])('writes %s once, and takes it away without a trace', async (_, args) => {
    await using namespace = await createNamespace();
    const untouched = (await saved(namespace)).filter((line) => line.startsWith('-A'));
    expect(await pilothouse(namespace, ...args)).toMatchObject({
      code: 0,
      output: expect.stringContaining('is captured'),
    });
    const once = await saved(namespace);
    expect(await pilothouse(namespace, ...args)).toMatchObject({
      code: 0,
      output: expect.stringContaining('was captured already'),
    });
    expect(await saved(namespace)).toEqual(once);
    expect(await pilothouse(namespace, ...args, '--force-apply')).toMatchObject({ code: 0 });
    expect(await saved(namespace)).toEqual(once);
    expect(await pilothouse(namespace, ...args, '--cleanup-only')).toMatchObject({ code: 0 });
    expect((await saved(namespace)).filter((line) => !line.startsWith('*'))).toEqual(untouched);
    expect(await namespace.run('ip', 'rule')).not.toContain('fwmark');
    expect(await namespace.run('ip', 'route', 'show', 'table', 'all')).not.toContain('133');
  });

  it('replaces what other settings left behind, and leaves the rules of others alone', async () => {
    await using namespace = await createNamespace();
    await namespace.run('iptables', '-t', 'nat', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '9', '-j', 'ACCEPT');
    await pilothouse(namespace, ...POD, '--redirect-dns', '--capture-all-dns');
    await pilothouse(namespace, ...POD);
    await using fresh = await createNamespace();
    await fresh.run('iptables', '-t', 'nat', '-A', 'OUTPUT', '-p', 'tcp', '--dport', '9', '-j', 'ACCEPT');
    await pilothouse(fresh, ...POD);
    const rules = async (space: NetworkNamespace) =>
      (await saved(space)).filter((line) => !line.startsWith('*')).sort();
    expect(await rules(namespace)).toEqual(await rules(fresh));
    expect(await rules(fresh)).toContain('-A OUTPUT -p tcp -m tcp --dport 9 -j ACCEPT');
  });

  it.each<[string, readonly string[]]>([
    ['iptables', []],
    ['nftables', ['--native-nftables']],
  ])(
    'captures traffic by %s, which --run-validation proves, and without rules refutes with exit code 126',
    async (_, how) => {
      await using namespace = await createNamespace();
      const validate = ['--skip-rule-apply', '--run-validation', '--probe-timeout', '500ms', ...how];
      expect(await pilothouse(namespace, ...validate)).toMatchObject({
        code: 126,
        output: expect.stringContaining('a connection to 127.0.0.6:15002 did not come to the proxy within 500 ms'),
      });
      // The proof is one of root's traffic: as the application's it goes out through the proxy.
      expect(await pilothouse(namespace, ...POD, '-u', '0', '-g', '0', ...how)).toMatchObject({ code: 0 });
      expect(await pilothouse(namespace, ...validate, '-u', '0')).toEqual({ code: 0, output: '' });
      expect(await pilothouse(namespace, ...how, '--cleanup-only')).toMatchObject({ code: 0 });
      expect(await namespace.run('nft', 'list', 'ruleset')).not.toMatch(/ISTIO/);
    },
  );

  it('takes every part of TPROXY in the words of nftables', async () => {
    await using namespace = await createNamespace();
    const args = [
      ...POD,
      '-m',
      'TPROXY',
      '--redirect-dns',
      '--capture-all-dns',
      '--drop-invalid',
      '--native-nftables',
      '--dual-stack',
    ];
    expect(await pilothouse(namespace, ...args)).toMatchObject({ code: 0 });
    const once = await namespace.run('nft', 'list', 'ruleset');
    expect(await pilothouse(namespace, ...args)).toMatchObject({ code: 0 });
    expect(await namespace.run('nft', 'list', 'ruleset')).toBe(once);
    expect(once).toContain('tproxy to :15006');
    expect(await namespace.run('ip', '-6', 'addr', 'show', 'dev', 'lo')).toContain('::6/128');
    expect(await pilothouse(namespace, ...args, '--cleanup-only')).toMatchObject({ code: 0 });
    expect(await namespace.run('nft', 'list', 'ruleset')).toBe('');
  });

  it('says what is wrong with a setting', async () => {
    await using namespace = await createNamespace();
    const { code, output } = await pilothouse(namespace, ...POD, '-c', 'a'.repeat(16));
    expect({ code, output }).toEqual({
      code: 1,
      output: `--istio-exclude-interfaces: "${'a'.repeat(16)}" is no name of a network device (CAPTURE_SETTING)\n`,
    });
  });
});
