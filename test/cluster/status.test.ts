import { describe, expect } from 'vitest';
import { KubeSource } from '../../src/discovery/kube/kube-source.ts';
import { setLogLevel } from '../../src/kit/log.ts';
import { objectKey } from '../../src/model/object.ts';
import { createClusterParts } from '../../src/server/cluster/cluster-parts.ts';
import { ControlPlane } from '../../src/server/control-plane.ts';
import * as metrics from '../../src/server/status/metrics.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';

setLogLevel('leader', 'none');
setLogLevel('push', 'none');
setLogLevel('config', 'none');

/** A quarter of what holds in production. */
const timing = { durationMs: 2000, renewDeadlineMs: 1400, retryMs: 400, requestMs: 600 };

/** A control plane without sockets, and all that it writes to its cluster. */
async function startPlane(cluster: Cluster, name: string, env: Readonly<Record<string, string>> = {}) {
  const client = cluster.client();
  const source = new KubeSource({ client, cluster: 'Kubernetes', systemNamespace: 'istio-system' });
  const plane = new ControlPlane({
    sources: [source],
    namespace: 'kube-system',
    cluster: 'Kubernetes',
    awaitsPods: true,
  });
  await plane.start();
  const parts = createClusterParts({
    client,
    plane,
    signing: undefined,
    clusterID: 'Kubernetes',
    namespace: 'kube-system',
    revision: 'default',
    env: { POD_NAME: name, ...env },
    timing,
  });
  await parts.start();
  return {
    plane,
    async stop() {
      await parts.stop(AbortSignal.timeout(10_000));
      await plane.stop();
      client.close();
    },
  };
}

const istio = (kind: string, name: string, spec: object, metadata: object = {}) => ({
  apiVersion: 'networking.istio.io/v1',
  kind,
  metadata: { name, namespace: 'default', ...metadata },
  spec,
});
const rule = (host: string) => ({ hosts: [host], http: [{ route: [{ destination: { host } }] }] });
const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ name: 'http', port: 80 }] },
});
const entry = (host: string) => ({
  hosts: [host],
  ports: [{ number: 80, name: 'http', protocol: 'HTTP' }],
  resolution: 'DNS',
});

async function read(cluster: Cluster, plural: string, name: string) {
  return JSON.parse(await cluster.kubectl('get', `${plural}.networking.istio.io`, name, '-o', 'json'));
}

/** Type, status, reason and message of each condition. */
function conditionsOf({ status }: { status?: { conditions?: readonly Record<string, string>[] } }) {
  return (status?.conditions ?? []).map(({ type, status: value, reason, message }) => [type, value, reason, message]);
}

const VALID = ['PassedValidation', 'True', 'Valid', 'no errors found'];
const APPLIED = ['Applied', 'True', 'Applied', 'in force as it is written'];

describe('status', () => {
  describeWithCluster('on the objects of an API server', (cluster, it) => {
    it('says what became of each, and changes nothing else', async () => {
      await cluster().installCrds();
      await cluster().apply([
        service('reviews'),
        istio('VirtualService', 'good', rule('reviews')),
        istio('Sidecar', 'empty', {}),
        istio('ServiceEntry', 'first', entry('api.example.com'), { labels: { order: '1' } }),
      ]);
      const { plane, stop } = await startPlane(cluster(), 'istiod-1');
      const changes: string[] = [];
      await eventually(async () =>
        expect(conditionsOf(await read(cluster(), 'virtualservices', 'good'))).toEqual([VALID, APPLIED]),
      );
      plane.world.watch(({ kind, reason }) => changes.push(`${kind} ${reason}`));
      await eventually(async () =>
        expect(conditionsOf(await read(cluster(), 'sidecars', 'empty'))).toEqual([
          ['PassedValidation', 'False', 'Invalid', expect.stringContaining('SIDECAR_EMPTY')],
          ['Applied', 'False', 'Rejected', expect.any(String)],
        ]),
      );
      const sidecar = await read(cluster(), 'sidecars', 'empty');
      expect(sidecar.status).toMatchObject({
        observedGeneration: 1,
        validationMessages: [{ type: { name: 'SidecarEmpty', code: 'SIDECAR_EMPTY' }, level: 'ERROR' }],
      });
      const good = await read(cluster(), 'virtualservices', 'good');
      expect([good.metadata.generation, good.spec]).toEqual([1, rule('reviews')]);
      // What is written to a status is no news to the mesh: nothing is compiled or pushed for it.
      expect(changes).toEqual([]);
      await stop();
    });

    it("follows the object, with Envoy's words when a proxy refuses it", async () => {
      await cluster().apply([service('ratings'), istio('VirtualService', 'refused', rule('ratings'))]);
      const { plane, stop } = await startPlane(cluster(), 'istiod-1');
      const key = objectKey('VirtualService', 'default', 'refused');
      await eventually(async () =>
        expect(conditionsOf(await read(cluster(), 'virtualservices', 'refused'))).toEqual([VALID, APPLIED]),
      );
      const before = await read(cluster(), 'virtualservices', 'refused');
      plane.world.quarantine(
        key,
        plane.world.findObject(key)?.revision ?? '',
        'a proxy refused it: route: unknown cluster "x"',
      );
      await eventually(async () =>
        expect(conditionsOf(await read(cluster(), 'virtualservices', 'refused'))).toEqual([
          VALID,
          [
            'Applied',
            'False',
            'Quarantined',
            expect.stringContaining('a proxy refused it: route: unknown cluster "x"'),
          ],
        ]),
      );
      const [passed] = (await read(cluster(), 'virtualservices', 'refused')).status.conditions;
      expect(passed).toEqual(before.status.conditions[0]);
      await cluster().apply([istio('VirtualService', 'refused', { ...rule('ratings'), exportTo: ['.'] })]);
      await eventually(async () => {
        const { status, ...after } = await read(cluster(), 'virtualservices', 'refused');
        expect([conditionsOf({ status }), status.observedGeneration]).toEqual([[VALID, APPLIED], 2]);
        expect(after.metadata.generation).toBe(2);
      });
      await stop();
    });

    it('keeps the conditions of others', async () => {
      const address = { address: '10.0.0.9' };
      await cluster().apply([istio('WorkloadEntry', 'vm', address)]);
      const healthy = { type: 'Healthy', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
      await cluster().kubectl(
        ...['patch', 'workloadentries.networking.istio.io', 'vm', '--subresource=status', '--type=merge'],
        ...['-p', JSON.stringify({ status: { conditions: [healthy] } })],
      );
      const { stop } = await startPlane(cluster(), 'istiod-1');
      await eventually(async () => {
        const [first, ...ours] = (await read(cluster(), 'workloadentries', 'vm')).status.conditions;
        expect([first, ours.map(({ type }: { type: string }) => type)]).toEqual([
          healthy,
          ['PassedValidation', 'Applied'],
        ]);
      });
      await stop();
    });

    it('is not written again by the next leader, nor by two at a time', async () => {
      const listed = async () =>
        JSON.parse(await cluster().kubectl('get', 'vs,sidecars,se,we', '-o', 'json')).items.map(
          ({ metadata }: { metadata: { name: string; resourceVersion: string } }) =>
            `${metadata.name} ${metadata.resourceVersion}`,
        );
      const [a, b] = [await startPlane(cluster(), 'istiod-1'), await startPlane(cluster(), 'istiod-2')];
      await cluster().apply([service('next'), istio('VirtualService', 'next', rule('next'))]);
      await eventually(async () =>
        expect(conditionsOf(await read(cluster(), 'virtualservices', 'next'))).toEqual([VALID, APPLIED]),
      );
      const before = await listed();
      const written = await metrics.writes.read();
      await a.stop();
      await cluster().apply([service('last'), istio('VirtualService', 'last', rule('last'))]);
      await eventually(async () =>
        expect(conditionsOf(await read(cluster(), 'virtualservices', 'last'))).toEqual([VALID, APPLIED]),
      );
      expect((await listed()).filter((line: string) => !line.startsWith('last '))).toEqual(before);
      expect((await metrics.writes.read()) - written).toBe(1);
      await b.stop();
    });

    it('is written no faster than the API server is asked to bear, the worst news first', async () => {
      const count = 200;
      const many = Array.from({ length: count }, (_, i) => istio('VirtualService', `storm-${i}`, rule('reviews')));
      await cluster().apply([...many, istio('Sidecar', 'zz-wrong', {})]);
      const written = await metrics.writes.read();
      const { stop } = await startPlane(cluster(), 'istiod-1');
      await eventually(async () => expect(conditionsOf(await read(cluster(), 'sidecars', 'zz-wrong'))).toHaveLength(2));
      const startedMs = performance.now();
      expect((await metrics.writes.read()) - written).toBeLessThan(count / 2);
      await eventually(async () => expect((await metrics.writes.read()) - written).toBe(count + 1), 60_000);
      expect(performance.now() - startedMs).toBeGreaterThan(((count / 2) * 1000) / 60);
      await stop();
    });

    it('is left alone where it is turned off', async () => {
      await cluster().apply([istio('Sidecar', 'silent', {})]);
      const { plane, stop } = await startPlane(cluster(), 'istiod-1', { PILOT_ENABLE_STATUS: 'false' });
      await eventually(() => expect(plane.world.listIssues().some(({ code }) => code === 'SIDECAR_EMPTY')).toBe(true));
      await stop();
      expect((await read(cluster(), 'sidecars', 'silent')).status).toBeUndefined();
    });
  });
});
