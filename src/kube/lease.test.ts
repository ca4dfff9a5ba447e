import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../kit/fake-clock.ts';
import { createLog, setLogLevel } from '../kit/log.ts';
import { aborted } from '../kit/abort.ts';
import { LEASE_TIMING, LeaderElection } from './lease.ts';
import { type Faults, MemoryLease, SkewedClock } from './lease-testing.ts';

const log = createLog('lease-test');
setLogLevel('lease-test', 'none');
const HEALTHY: Faults = { delayMs: () => 5, isLost: () => false };

interface Member {
  readonly election: LeaderElection;
  readonly clock: SkewedClock;
  terms: number;
  isWorking: boolean;
}

interface MemberOptions {
  readonly skewMs?: number;
  readonly key?: string;
  readonly outranks?: (key: string) => boolean;
  readonly faults?: Faults;
}

function mesh() {
  const clock = new FakeClock();
  const lease = new MemoryLease(clock);
  const join = (identity: string, options: MemberOptions = {}): Member => {
    const { skewMs = 0, key = '', outranks = () => false, faults = HEALTHY } = options;
    const own = new SkewedClock(clock, skewMs);
    const member: Member = {
      clock: own,
      terms: 0,
      isWorking: false,
      election: new LeaderElection({
        store: lease.connect(faults, own),
        candidate: { identity, key, outranks },
        clock: own,
        random: () => 0.5,
        log,
        async lead(over) {
          member.terms++;
          member.isWorking = true;
          await aborted(over);
          member.isWorking = false;
        },
      }),
    };
    member.election.start();
    return member;
  };
  return { clock, lease, join };
}

describe('LeaderElection', () => {
  it('elects one of two, and keeps it', async () => {
    const { clock, lease, join } = mesh();
    const [a, b] = [join('a'), join('b')];
    await clock.advance(60_000);
    expect([a.election.isLeader, a.terms, b.election.isLeader, b.terms]).toEqual([true, 1, false, 0]);
    expect(lease.stored?.record).toMatchObject({ holder: 'a', durationMs: 10_000, transitions: 0 });
    expect(b.election.holder).toBe('a');
  });

  it('hands over at once when the leader stops, after its work has ended', async () => {
    const { clock, lease, join } = mesh();
    const [a, b] = [join('a'), join('b')];
    await clock.advance(10_000);
    const stopped = a.election.stop();
    await clock.advance(3000);
    await stopped;
    expect([a.isWorking, b.isWorking, lease.stored?.record.transitions]).toEqual([false, true, 1]);
  });

  it('replaces a leader that was lost within 15 s', async () => {
    const { clock, join } = mesh();
    const a = join('a');
    await clock.advance(20_000);
    const b = join('b');
    await clock.advance(3000);
    a.clock.freeze();
    await clock.advance(15_000);
    expect([b.election.isLeader, b.isWorking]).toEqual([true, true]);
  });

  it.each([
    { skew: 'an hour behind', skewMs: -3_600_000 },
    { skew: 'an hour ahead', skewMs: 3_600_000 },
  ])('is not misled by a clock that is $skew', async ({ skewMs }) => {
    const { clock, join } = mesh();
    const a = join('a');
    await clock.advance(1000);
    const b = join('b', { skewMs });
    await clock.advance(120_000);
    expect([a.election.isLeader, a.terms, b.terms]).toEqual([true, 1, 0]);
  });

  it('steps down by its own deadline when the store is away, and leads again when it is back', async () => {
    const { clock, lease, join } = mesh();
    const a = join('a');
    await clock.advance(10_000);
    lease.isAway = true;
    await clock.advance(LEASE_TIMING.renewDeadlineMs + 1000);
    expect([a.election.isLeader, a.isWorking]).toEqual([false, false]);
    lease.isAway = false;
    await clock.advance(3000);
    expect([a.election.isLeader, a.isWorking, a.terms]).toEqual([true, true, 2]);
  });

  it('goes on through a short absence of the store', async () => {
    const { clock, lease, join } = mesh();
    const a = join('a');
    await clock.advance(10_000);
    lease.isAway = true;
    await clock.advance(3000);
    lease.isAway = false;
    await clock.advance(10_000);
    expect([a.election.isLeader, a.terms]).toEqual([true, 1]);
  });

  it('makes room for whom it is outranked by, who waits until that was noticed', async () => {
    const { clock, join } = mesh();
    const a = join('a', { key: 'canary' });
    await clock.advance(5000);
    const b = join('b', { key: 'default', outranks: (key) => key !== 'default' });
    await clock.advance(4000);
    expect([a.isWorking, b.isWorking]).toEqual([false, false]);
    await clock.advance(10_000);
    expect([a.isWorking, b.isWorking, b.terms]).toEqual([false, true, 1]);
  });

  it('goes on when somebody writes into its record by hand', async () => {
    const { clock, lease, join } = mesh();
    const a = join('a');
    await clock.advance(10_000);
    lease.touch();
    await clock.advance(10_000);
    expect([a.election.isLeader, a.terms]).toEqual([true, 1]);
  });

  it('begins again when the record was deleted', async () => {
    const { clock, lease, join } = mesh();
    const a = join('a');
    await clock.advance(10_000);
    lease.stored = undefined;
    await clock.advance(5000);
    expect([a.election.isLeader, lease.stored]).toMatchObject([true, { record: { holder: 'a' } }]);
  });

  it('never has two leaders, whatever is lost, late or repeated', async () => {
    const step = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom('freeze', 'thaw', 'lose', 'find', 'away', 'back', 'stop', 'delete-nothing'),
      afterMs: fc.integer({ min: 100, max: 9000 }),
      delayMs: fc.integer({ min: 0, max: 6000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { clock, lease, join } = mesh();
        const network = [0, 1, 2].map(() => ({ delayMs: 5, isLosing: false }));
        const members = network.map((line, i) =>
          join(`m${i % 2 === 0 ? i : 0}`, {
            skewMs: i * 7_000_000,
            key: i === 2 ? 'default' : 'canary',
            outranks: (key) => i === 2 && key !== 'default',
            faults: { delayMs: () => line.delayMs, isLost: () => line.isLosing },
          }),
        );
        const check = () => expect(members.filter(({ election }) => election.isLeader).length).toBeLessThan(2);
        for (const { who, what, afterMs, delayMs } of steps) {
          const line = network[who];
          const member = members[who];
          if (line === undefined || member === undefined) continue;
          line.delayMs = delayMs;
          if (what === 'freeze') member.clock.freeze();
          if (what === 'thaw') member.clock.thaw();
          if (what === 'lose') line.isLosing = true;
          if (what === 'find') line.isLosing = false;
          if (what === 'away') lease.isAway = true;
          if (what === 'back') lease.isAway = false;
          if (what === 'stop') void member.election.stop();
          for (let ms = 0; ms < afterMs; ms += 250) {
            await clock.advance(250);
            check();
          }
        }
      }),
      { numRuns: 40 },
    );
  }, 20_000);
});
