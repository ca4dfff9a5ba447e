import { describe, expect, it } from 'vitest';
import { listTimeouts, startMemoryWorld, timedRule } from '../../../test/support/world.ts';
import { objectKey } from '../../model/object.ts';
import { MemorySource } from '../memory/memory-source.ts';
import type { SourceListener } from '../source.ts';

const HOST = 'web.default.svc.cluster.local';
const service = (ip = '10.9.0.1') =>
  `{apiVersion: v1, kind: Service, metadata: {name: web, namespace: default}, spec: {clusterIP: ${ip}, selector: {app: web}, ports: [{name: http, port: 80}]}}\n---\n`;
const pod = (ip: string, name = 'web') =>
  `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: default, labels: {app: web}}, status: {podIP: ${ip}}}\n---\n`;

const remote = (files: Readonly<Record<string, string>>, cluster = 'east') => {
  const source = new MemorySource(`cluster ${cluster}`, 'default', cluster);
  source.write(files);
  return source;
};

/** A source that tells when it is told to. */
class SlowSource extends MemorySource {
  #listener: SourceListener | undefined;

  override async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    await super.start({ onChange: (change) => listener.onChange(change), onSynced: () => {} });
  }

  finish(): void {
    this.#listener?.onSynced();
  }
}

const addresses = ({ world }: Awaited<ReturnType<typeof startMemoryWorld>>) =>
  world.snapshot.endpoints.of(HOST, 'default').map(({ address, cluster }) => `${cluster} ${address}`);

describe('A source of another cluster', () => {
  it('adds its endpoints to the service of the same host', async () => {
    const mesh = await startMemoryWorld({ a: service('10.0.0.1') + pod('10.1.0.1') });
    await mesh.world.addSource(remote({ b: service() + pod('10.2.0.1') }));
    expect(addresses(mesh)).toEqual(['Kubernetes 10.1.0.1', 'east 10.2.0.1']);
    expect(
      mesh.world.snapshot.services.map(({ hostname, addresses, byCluster }) => [hostname, addresses, byCluster]),
    ).toEqual([
      [
        HOST,
        ['10.0.0.1'],
        {
          Kubernetes: { addresses: ['10.0.0.1'], selector: { app: 'web' } },
          east: { addresses: ['10.9.0.1'], selector: { app: 'web' } },
        },
      ],
    ]);
    expect(mesh.world.fates().get(objectKey('Service', 'default', 'web', 'east'))).toEqual({ kind: 'applied' });
    expect(mesh.world.listIssues()).toEqual([]);
  });

  it('brings no rules, and no settings', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    const settings =
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: "trustDomain: evil"}}\n---\n';
    await mesh.world.addSource(remote({ b: timedRule('a', '2s') + timedRule('c', 'soon') + settings + service() }));
    expect(listTimeouts(mesh)).toEqual([1000]);
    expect(mesh.world.snapshot.mesh.trustDomain).toBe('cluster.local');
    expect([...mesh.world.fates().keys()]).toEqual([
      objectKey('VirtualService', 'default', 'a'),
      objectKey('Service', 'default', 'web', 'east'),
    ]);
    expect(mesh.world.listIssues()).toEqual([]);
  });

  it('counts once it has told everything', async () => {
    const mesh = await startMemoryWorld({ a: service('10.0.0.1') + pod('10.1.0.1') });
    const slow = new SlowSource('slow', 'default', 'east');
    slow.write({ b: pod('10.2.0.1') });
    const joined = mesh.world.addSource(slow);
    slow.write({ c: service() });
    await Promise.resolve();
    expect(addresses(mesh)).toEqual(['Kubernetes 10.1.0.1']);
    slow.finish();
    await joined;
    expect(addresses(mesh)).toEqual(['Kubernetes 10.1.0.1', 'east 10.2.0.1']);
    expect(mesh.changes.map(({ reason }) => reason)).toEqual(['slow joined']);
  });

  it('takes the place of another as one change, in which what stays the same is never gone', async () => {
    const mesh = await startMemoryWorld({ a: service('10.0.0.1') });
    const first = remote({ b: service() + pod('10.2.0.1') + pod('10.2.0.2', 'old') });
    await mesh.world.addSource(first);
    const before = mesh.world.snapshot;
    mesh.skip();
    await mesh.world.addSource(remote({ other: service() + pod('10.2.0.1') + pod('10.2.0.3', 'new') }), first);
    expect(addresses(mesh)).toEqual(['east 10.2.0.3', 'east 10.2.0.1']);
    const change = await mesh.next('the swap');
    expect([change.kind, [...change.parts].sort(), change.issues]).toEqual([
      'endpoints',
      ['endpoints', 'workloads'],
      [],
    ]);
    expect(mesh.world.snapshot.services).toBe(before.services);
    first.write({ b: pod('10.2.0.9') });
    expect(mesh.world.listIssues()).toEqual([]);
  });

  it('that brings what was there before changes nothing', async () => {
    const mesh = await startMemoryWorld({ a: service('10.0.0.1') });
    const first = remote({ b: service() + pod('10.2.0.1') });
    await mesh.world.addSource(first);
    const before = mesh.world.snapshot;
    await mesh.world.addSource(remote({ other: service() + pod('10.2.0.1') }), first);
    expect(mesh.world.snapshot).toBe(before);
  });

  it('takes everything with it when it is removed', async () => {
    const mesh = await startMemoryWorld({ a: service('10.0.0.1') + pod('10.1.0.1') });
    const before = mesh.world.snapshot.services;
    const source = remote({ b: service() + pod('10.2.0.1') });
    await mesh.world.addSource(source);
    mesh.skip();
    await mesh.world.removeSource(source);
    await mesh.next('its end');
    expect(addresses(mesh)).toEqual(['Kubernetes 10.1.0.1']);
    expect(mesh.world.snapshot.services).toEqual(before);
  });

  it('labels its namespaces for itself', async () => {
    const settings =
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: "discoverySelectors: [{matchLabels: {mesh: in}}]"}}\n---\n';
    const namespace = (labels: string) =>
      `{apiVersion: v1, kind: Namespace, metadata: {name: default, labels: {${labels}}}}\n---\n`;
    const mesh = await startMemoryWorld({
      a: settings + namespace('mesh: in') + service('10.0.0.1') + pod('10.1.0.1'),
    });
    const source = remote({ n: namespace(''), b: service() + pod('10.2.0.1') });
    await mesh.world.addSource(source);
    expect(addresses(mesh)).toEqual(['Kubernetes 10.1.0.1']);
    mesh.skip();
    source.write({ n: namespace('mesh: in') });
    await mesh.next('the namespace to be seen');
    expect(addresses(mesh)).toEqual(['Kubernetes 10.1.0.1', 'east 10.2.0.1']);
  });
});
