import { describe, expect } from 'vitest';
import { aborted } from '../../src/kit/abort.ts';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import { createLog, setLogLevel } from '../../src/kit/log.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { LeaderElection } from '../../src/kube/lease.ts';
import { createConfigMapLeaseStore, createLeaseStore } from '../../src/kube/lease-store.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';

const log = createLog('lease-test');
setLogLevel('lease-test', 'none');
/** A quarter of what holds in production: what is waited for is the same. */
const timing = { durationMs: 2000, renewDeadlineMs: 1400, retryMs: 400, requestMs: 600 };

interface Member {
  readonly election: LeaderElection;
  readonly client: KubeClient;
  isWorking: boolean;
  /** Whether nothing it says arrives any more. */
  isCutOff: boolean;
}

function join(cluster: Cluster, name: string, identity: string, options: JoinOptions = {}): Member {
  const { create = createLeaseStore, clock = systemClock, key = '', outranks = () => false } = options;
  const client = cluster.client();
  const member: Member = {
    client,
    isWorking: false,
    isCutOff: false,
    election: new LeaderElection({
      store: create({
        client: { request: (r) => (member.isCutOff ? silence : client.request(r)) },
        namespace: 'kube-system',
        name,
      }),
      candidate: { identity, key, outranks },
      clock,
      timing,
      log,
      async lead(over) {
        member.isWorking = true;
        await aborted(over);
        member.isWorking = false;
      },
    }),
  };
  member.election.start();
  return member;
}

const silence = new Promise<never>(() => {});

interface JoinOptions {
  readonly create?: typeof createLeaseStore;
  readonly clock?: Clock;
  readonly key?: string;
  readonly outranks?: (key: string) => boolean;
}

async function leave(...members: readonly Member[]): Promise<void> {
  for (const { election, client } of members) {
    await election.stop();
    client.close();
  }
}

const anHourAhead: Clock = { ...systemClock, now: () => systemClock.now() + 3_600_000 };

describe('leases', () => {
  describeWithCluster('on an API server', (cluster, it) => {
    it.for([
      { kind: 'Lease', create: createLeaseStore },
      { kind: 'ConfigMap', create: createConfigMapLeaseStore },
    ])('in a $kind elect one of two, who hands over when it leaves', async ({ kind, create }) => {
      const name = `handover-${kind.toLowerCase()}`;
      const a = join(cluster(), name, 'a', { create });
      await eventually(() => expect(a.isWorking).toBe(true));
      const b = join(cluster(), name, 'b', { create });
      await eventually(() => expect(b.election.holder).toBe('a'));
      const leftMs = performance.now();
      await leave(a);
      await eventually(() => expect(b.isWorking).toBe(true));
      expect(performance.now() - leftMs).toBeLessThan(timing.durationMs);
      await leave(b);
    });

    it('are written as kubectl and istiod read them', async () => {
      const a = join(cluster(), 'istio-status-leader', 'istiod-7', { key: 'canary' });
      await eventually(() => expect(a.isWorking).toBe(true));
      const written = JSON.parse(
        await cluster().kubectl('get', 'lease', '-n', 'kube-system', 'istio-status-leader', '-o', 'json'),
      );
      expect([written.spec, written.metadata.annotations]).toEqual([
        {
          holderIdentity: 'istiod-7',
          leaseDurationSeconds: 2,
          leaseTransitions: 0,
          acquireTime: expect.any(String),
          renewTime: expect.any(String),
        },
        { 'leader.istio.io/holder-key': 'canary' },
      ]);
      await leave(a);
    });

    it('go to another when the leader is lost, though its clock was an hour ahead', async () => {
      const a = join(cluster(), 'lost', 'a', { clock: anHourAhead });
      await eventually(() => expect(a.isWorking).toBe(true));
      const b = join(cluster(), 'lost', 'b');
      await eventually(() => expect(b.election.holder).toBe('a'));
      expect(b.isWorking).toBe(false);
      a.isCutOff = true;
      await eventually(() => expect(b.isWorking).toBe(true));
      await eventually(() => expect(a.isWorking).toBe(false));
      await leave(b, a);
    });

    it('are given up while the API server is away, by all alike, and taken again', async () => {
      const a = join(cluster(), 'away', 'a');
      await eventually(() => expect(a.isWorking).toBe(true));
      const b = join(cluster(), 'away', 'b');
      cluster().pause();
      await eventually(() => expect(a.isWorking).toBe(false));
      expect(b.isWorking).toBe(false);
      cluster().resume();
      await eventually(() => expect([a.isWorking, b.isWorking].filter(Boolean)).toEqual([true]), 30_000);
      await leave(a, b);
    });

    it('make room for the default revision', async () => {
      const a = join(cluster(), 'rank', 'canary-1', { key: 'canary' });
      await eventually(() => expect(a.isWorking).toBe(true));
      const b = join(cluster(), 'rank', 'default-1', { key: 'default', outranks: (key) => key !== 'default' });
      await eventually(() => expect([a.isWorking, b.isWorking]).toEqual([false, true]));
      await leave(a, b);
    });
  });
});
