import { beforeEach, describe, expect, it } from 'vitest';
import { startMemoryWorld } from '../../../test/support/world.ts';
import { FakeClock } from '../../kit/fake-clock.ts';
import { configureLogs } from '../../kit/log.ts';
import { GatewayNames, type NameAnswer } from './gateway-names.ts';

const gateway = (address: string) => ({ address, port: 15443, network: 'n', cluster: '' });

const begin = (answers: Record<string, NameAnswer | undefined>) => {
  const clock = new FakeClock();
  const asked: string[] = [];
  let changes = 0;
  const names = new GatewayNames({
    clock,
    resolve: async (name) => {
      asked.push(name);
      const answer = answers[name];
      if (answer === undefined) throw new Error('nobody answers');
      return answer;
    },
    onChange: () => changes++,
  });
  return { clock, asked, names, answers, changes: () => changes };
};

const answer = (ttlMs: number, ...addresses: readonly string[]): NameAnswer => ({ addresses, ttlMs });

describe('GatewayNames', () => {
  beforeEach(() => configureLogs({ levels: new Map([['networks', 'none']]) }));

  it('gives each address that a name stands for, once it is known', async () => {
    const { names, changes } = begin({ 'lb.example.com': answer(60_000, '4.4.4.5', '4.4.4.4') });
    const gateways = [gateway('3.3.3.3'), gateway('lb.example.com')];
    expect(names.expand(gateways)).toEqual([gateway('3.3.3.3')]);
    await names.answered();
    expect([names.version, changes()]).toEqual([1, 1]);
    expect(names.expand(gateways)).toEqual([gateway('3.3.3.3'), gateway('4.4.4.4'), gateway('4.4.4.5')]);
  });

  it.each([
    { ttlMs: 1_000, everyMs: 30_000 },
    { ttlMs: 60_000, everyMs: 60_000 },
    { ttlMs: 86_400_000, everyMs: 3_600_000 },
  ])('asks again after $everyMs ms when an answer holds for $ttlMs', async ({ ttlMs, everyMs }) => {
    const { names, clock, asked } = begin({ a: answer(ttlMs, '1.1.1.1') });
    names.expand([gateway('a')]);
    await names.answered();
    await clock.advance(everyMs - 1);
    expect(asked).toEqual(['a']);
    await clock.advance(1);
    expect(asked).toEqual(['a', 'a']);
  });

  it('tells of other addresses only, and keeps what it had while nobody answers', async () => {
    const { names, clock, answers, changes } = begin({ a: answer(30_000, '1.1.1.1') });
    names.expand([gateway('a')]);
    await names.answered();
    await clock.advance(30_000);
    answers.a = undefined;
    await clock.advance(30_000);
    expect([changes(), names.expand([gateway('a')])]).toEqual([1, [gateway('1.1.1.1')]]);
    answers.a = answer(30_000, '2.2.2.2');
    await clock.advance(30_000);
    expect([changes(), names.expand([gateway('a')])]).toEqual([2, [gateway('2.2.2.2')]]);
  });

  it('forgets names that are no gateways any more', async () => {
    const { names, clock } = begin({ a: answer(30_000, '1.1.1.1') });
    names.expand([gateway('a')]);
    await names.answered();
    names.expand([]);
    expect(clock.timers).toBe(0);
  });
});

it('a world knows its gateways by address from the start, and follows their names', async () => {
  const clock = new FakeClock();
  let addresses = ['4.4.4.4'];
  const mesh = await startMemoryWorld(
    {
      m: '{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {meshNetworks: "networks: {n: {gateways: [{address: lb.example.com, port: 15443}]}}"}}',
    },
    { clock, resolveName: async () => ({ addresses, ttlMs: 30_000 }) },
  );
  const known = () => mesh.world.snapshot.mesh.networkGateways?.map(({ address }) => address);
  expect(known()).toEqual(['4.4.4.4']);
  addresses = ['5.5.5.5'];
  await clock.advance(30_000);
  expect((await mesh.next('the other address')).kind).toBe('config');
  expect(known()).toEqual(['5.5.5.5']);
});
