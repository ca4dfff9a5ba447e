import { describe, expect, it } from 'vitest';
import { FakeClock } from '../kit/fake-clock.ts';
import { objectKey } from '../model/object.ts';
import { PushRounds, type RoundReport } from './push-rounds.ts';

const reviews = objectKey('VirtualService', 'default', 'reviews');
const change = { reason: 'reviews.yaml changed', objects: [reviews], sinceMs: 0 };

function start(): { clock: FakeClock; rounds: PushRounds; reports: RoundReport[] } {
  const clock = new FakeClock();
  const reports: RoundReport[] = [];
  return { clock, rounds: new PushRounds(clock, (report) => reports.push(report)), reports };
}

describe('PushRounds', () => {
  it('reports who was sent what, once all have acknowledged', async () => {
    const { clock, rounds, reports } = start();
    const sinceMs = clock.monotonic();
    rounds.open({ ...change, sinceMs }, ['a', 'b']);
    rounds.noteSent('a', { type: 'rds', bytes: 10 });
    rounds.noteSent('a', { type: 'cds', bytes: 5 });
    rounds.noteSettled('b');
    await clock.advance(20);
    rounds.noteSettled('a');
    expect(reports).toEqual([
      {
        reason: 'reviews.yaml changed',
        objects: [reviews],
        proxies: ['a'],
        responses: { rds: 1, cds: 1 },
        bytes: 15,
        ms: 20,
        waitingFor: [],
        refusedBy: [],
      },
    ]);
  });

  it('is complete at once when nobody is connected', () => {
    const { rounds, reports } = start();
    rounds.open(change, []);
    expect(reports.map((r) => r.proxies)).toEqual([[]]);
  });

  it('ends a second round with the first when a proxy has caught up with both', () => {
    const { rounds, reports } = start();
    rounds.open(change, ['a']);
    rounds.open({ ...change, reason: 'second' }, ['a']);
    rounds.noteSettled('a');
    expect(reports.map((r) => r.reason)).toEqual(['reviews.yaml changed', 'second']);
  });

  it('names who did not acknowledge when patience ends', async () => {
    const { clock, rounds, reports } = start();
    rounds.open(change, ['a', 'b']);
    rounds.noteSettled('a');
    await clock.advance(15_000);
    expect(reports.map((r) => r.waitingFor)).toEqual([['b']]);
  });

  it('names who refused, in the rounds that were open to it', async () => {
    const { rounds, reports } = start();
    rounds.open(change, ['a', 'b']);
    rounds.open({ ...change, reason: 'another' }, ['b']);
    rounds.noteRefused('a');
    rounds.noteSettled('a');
    rounds.noteSettled('b');
    expect(reports.map((r) => r.refusedBy)).toEqual([['a'], []]);
  });

  it('leaves no timer behind', () => {
    const { clock, rounds } = start();
    rounds.open(change, []);
    rounds.open(change, ['a']);
    expect(clock.timers).toBe(1);
    rounds.noteSettled('a');
    expect(clock.timers).toBe(0);
  });
});
