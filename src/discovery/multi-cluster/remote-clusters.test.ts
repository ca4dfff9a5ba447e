import { beforeEach, describe, expect, it } from 'vitest';
import { startMemoryWorld } from '../../../test/support/world.ts';
import { until } from '../../../test/support/until.ts';
import { FakeClock } from '../../kit/fake-clock.ts';
import { configureLogs } from '../../kit/log.ts';
import { MemorySource } from '../memory/memory-source.ts';
import type { SourceListener } from '../source.ts';
import { managedClusters, syncTimeouts } from './metrics.ts';
import { RemoteClusters } from './remote-clusters.ts';

const HOST = 'web.default.svc.cluster.local';

/** A cluster that tells it has told all when its kubeconfig says so. */
class FakeCluster extends MemorySource {
  readonly kubeconfig: string;
  isStopped = false;
  age = 0;
  #listener: SourceListener | undefined;

  constructor(cluster: string, kubeconfig: string) {
    super(`cluster ${cluster}`, 'default', cluster);
    this.kubeconfig = kubeconfig;
    const [ip = ''] = kubeconfig.split(' ');
    this.write({
      all: `
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: default, labels: {app: web}}, status: {podIP: ${ip}}}
`,
    });
  }

  override async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    await super.start({
      onChange: (change) => listener.onChange(change),
      onSynced: () => (this.kubeconfig.endsWith('slow') ? undefined : listener.onSynced()),
    });
  }

  override async stop(): Promise<void> {
    this.isStopped = true;
    await super.stop();
  }

  finish(): void {
    this.#listener?.onSynced();
  }

  ageMs(): number {
    return this.age;
  }
}

const secret = (name: string, data: Readonly<Record<string, string>>, rest = '{istio/multiCluster: "true"}') =>
  `{apiVersion: v1, kind: Secret, metadata: {name: ${name}, namespace: istio-system, labels: ${rest}}, stringData: ${JSON.stringify(data)}}\n---\n`;

const begin = async (files: Readonly<Record<string, string>>) => {
  const mesh = await startMemoryWorld(files);
  configureLogs({
    levels: new Map([
      ['multicluster', 'none'],
      ['config', 'none'],
    ]),
  });
  const clock = new FakeClock();
  const made: FakeCluster[] = [];
  const clusters = new RemoteClusters({
    world: mesh.world,
    cluster: 'Kubernetes',
    systemNamespace: 'istio-system',
    clock,
    createRemote: (cluster, kubeconfig) => {
      if (kubeconfig === 'bad') throw new Error('no kubeconfig');
      const source = new FakeCluster(cluster, kubeconfig);
      made.push(source);
      return source;
    },
  });
  const addresses = () => mesh.world.snapshot.endpoints.of(HOST, 'default').map((e) => `${e.cluster} ${e.address}`);
  const see = (...expected: readonly string[]) =>
    until(`${expected.join(', ')} to be seen`, () => (addresses().join() === expected.join() ? true : undefined));
  return {
    mesh,
    clusters,
    clock,
    made,
    addresses,
    see,
    statuses: () => clusters.list().map((c) => `${c.id} ${c.syncStatus}`),
  };
};

describe('RemoteClusters', () => {
  beforeEach(() => configureLogs({ levels: new Map([['multicluster', 'none']]) }));

  it('follows every cluster that a secret names', async () => {
    const { clusters, addresses } = await begin({ a: secret('remote', { east: '10.2.0.1', west: '10.3.0.1' }) });
    await clusters.start();
    expect(addresses()).toEqual(['east 10.2.0.1', 'west 10.3.0.1']);
    expect(clusters.list()).toEqual([
      { id: 'Kubernetes', syncStatus: 'synced', ageMs: 0 },
      { id: 'east', secretName: 'istio-system/remote', syncStatus: 'synced', ageMs: 0 },
      { id: 'west', secretName: 'istio-system/remote', syncStatus: 'synced', ageMs: 0 },
    ]);
    expect(await managedClusters.read({ cluster_type: 'remote' })).toBe(2);
  });

  it.each([
    { of: 'a secret without the label', text: secret('remote', { east: '10.2.0.1' }, '{}') },
    { of: 'a secret with another label', text: secret('remote', { east: '10.2.0.1' }, '{istio/multiCluster: "no"}') },
    { of: 'a secret elsewhere', text: secret('remote', { east: '10.2.0.1' }).replace('istio-system', 'default') },
    { of: 'a secret that names the cluster itself', text: secret('remote', { Kubernetes: '10.2.0.1' }) },
  ])('follows none of $of', async ({ text }) => {
    const { clusters, statuses, made } = await begin({ a: text });
    await clusters.start();
    expect([statuses(), made]).toEqual([['Kubernetes synced'], []]);
  });

  it('follows clusters that come, and forgets those that go', async () => {
    const { mesh, clusters, made, see } = await begin({});
    await clusters.start();
    mesh.source.write({ a: secret('remote', { east: '10.2.0.1', west: '10.3.0.1' }) });
    await see('east 10.2.0.1', 'west 10.3.0.1');
    mesh.source.write({ a: secret('remote', { west: '10.3.0.1' }) });
    await see('west 10.3.0.1');
    mesh.source.remove('a');
    await see();
    expect(made.map(({ isStopped }) => isStopped)).toEqual([true, true]);
    expect(await managedClusters.read({ cluster_type: 'remote' })).toBe(0);
  });

  it('keeps what it knows until another kubeconfig has told everything', async () => {
    const { mesh, clusters, made, see, statuses } = await begin({ a: secret('remote', { east: '10.2.0.1' }) });
    await clusters.start();
    mesh.source.write({ a: secret('remote', { east: '10.2.0.2 slow' }) });
    await until('the second source', () => made[1]);
    await see('east 10.2.0.1');
    expect([statuses(), made.map(({ isStopped }) => isStopped)]).toEqual([
      ['Kubernetes synced', 'east synced'],
      [false, false],
    ]);
    made[1]?.finish();
    await see('east 10.2.0.2');
    expect(made.map(({ isStopped }) => isStopped)).toEqual([true, false]);
  });

  it('lets a newer kubeconfig take the place of one that never told everything', async () => {
    const { mesh, clusters, made, see } = await begin({ a: secret('remote', { east: '10.2.0.1' }) });
    await clusters.start();
    mesh.source.write({ a: secret('remote', { east: '10.2.0.2 slow' }) });
    await until('the second source', () => made[1]);
    mesh.source.write({ a: secret('remote', { east: '10.2.0.3' }) });
    await see('east 10.2.0.3');
    made[1]?.finish();
    await see('east 10.2.0.3');
    expect(made.map(({ isStopped }) => isStopped)).toEqual([true, true, false]);
  });

  it('does not wait for ever, and takes who comes late', async () => {
    const { clusters, clock, made, see, statuses } = await begin({ a: secret('remote', { late: '10.2.0.1 slow' }) });
    const started = clusters.start();
    expect(statuses()).toEqual(['Kubernetes synced', 'late syncing']);
    await clock.advance(30_000);
    await started;
    expect(statuses()).toEqual(['Kubernetes synced', 'late timeout']);
    expect(await syncTimeouts.read({ cluster: 'late' })).toBe(1);
    made[0]?.finish();
    await see('late 10.2.0.1');
    expect(statuses()).toEqual(['Kubernetes synced', 'late synced']);
  });

  it('names what is wrong with a kubeconfig, and keeps what it knows', async () => {
    const { mesh, clusters, addresses } = await begin({
      a: secret('remote', { east: '10.2.0.1' }),
      b: secret('worse', { west: 'bad' }),
    });
    await clusters.start();
    expect(clusters.list()[2]).toEqual({
      id: 'west',
      secretName: 'istio-system/worse',
      syncStatus: 'closed',
      ageMs: 0,
      fault: 'no kubeconfig',
    });
    mesh.source.write({ a: secret('remote', { east: 'bad' }) });
    await until('the fault', () => clusters.list()[1]?.fault);
    expect([clusters.list()[1]?.syncStatus, addresses()]).toEqual(['synced', ['east 10.2.0.1']]);
  });

  it('leaves a cluster to the secret that named it first, and then to the next', async () => {
    const { mesh, clusters, made, see } = await begin({ b: secret('b', { east: '10.2.0.1' }) });
    await clusters.start();
    mesh.source.write({ a: secret('a', { east: '10.2.0.2' }) });
    await see('east 10.2.0.1');
    expect(made).toHaveLength(1);
    mesh.source.remove('b');
    await see('east 10.2.0.2');
    expect(clusters.list()[1]?.secretName).toBe('istio-system/a');
  });

  it('tells for how long a cluster was not heard of', async () => {
    const { clusters, made, addresses } = await begin({ a: secret('remote', { east: '10.2.0.1' }) });
    await clusters.start();
    for (const source of made) source.age = 90_000;
    expect([clusters.list()[1]?.ageMs, addresses()]).toEqual([90_000, ['east 10.2.0.1']]);
  });
});
