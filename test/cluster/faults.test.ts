import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { KubeSource } from '../../src/discovery/kube/kube-source.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { LogBook } from '../support/feature/log-book.ts';
import { ScenarioMesh } from '../support/feature/scenario-mesh.ts';
import { until } from '../support/until.ts';

const service = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { ports: [{ name: 'http', port: 80 }] },
});

const virtualService = (name: string, timeout: string) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: 'default' },
  spec: { hosts: [name], http: [{ timeout, route: [{ destination: { host: name } }] }] },
});

const when = (fact: string, is: () => boolean) => until(fact, () => is() || undefined, { timeoutMs: 90_000 });

describeWithCluster(
  'A mesh whose API server forgets and falls silent',
  (cluster, it) => {
    const log = new LogBook();
    let mesh: ScenarioMesh | undefined;

    beforeAll(async () => {
      log.open();
      await cluster().installCrds();
      await cluster().apply([service('echo'), virtualService('echo', '1s')]);
    });
    afterEach(async () => {
      await mesh?.stop();
      mesh = undefined;
      log.clear();
    });
    afterAll(() => log.clear());

    const start = async (times: { readonly watchMs?: number; readonly idleMs?: number }) => {
      const client = cluster().client();
      const source = new KubeSource({
        client,
        cluster: 'Kubernetes',
        systemNamespace: 'istio-system',
        onStop: () => client.close(),
        times: { retryMs: 100, maxRetryMs: 500, ...times },
      });
      mesh = await ScenarioMesh.start('delta', log, [source]);
      const proxy = await mesh.connect(sidecar('web'));
      proxy.script.forgetPushes();
      return { proxy, source };
    };
    const isFollowed = (source: KubeSource) => source.states().every(({ state }) => state.kind === 'watching');

    it('is listed anew after a compaction, and sent what changed alone', async () => {
      // Watches end by themselves every second, and find the version gone that they would go on from.
      const { proxy, source } = await start({ watchMs: 500 });
      for (const round of [1, 2, 3]) {
        await cluster().kubectl('create', 'configmap', `other-${round}`);
        await cluster().compact();
      }
      await cluster().apply([virtualService('echo', '2s')]);
      await when('the change', () => proxy.pushedTypes().length > 0);
      await when('all kinds to be followed', () => isFollowed(source));
      expect(new Set(proxy.pushedTypes())).toEqual(new Set(['rds']));
      expect(log.list('kube.defect')).toEqual([]);
    });

    it('stays as it was while watches say nothing and stay open, and tells its age', async () => {
      const { proxy, source } = await start({ idleMs: 1000 });
      const before = proxy.request('http://echo/');
      cluster().pause();
      await when('the silence to be noticed', () => source.states().every(({ state }) => state.kind === 'unreachable'));
      const ageMs = source.ageMs();
      cluster().resume();
      expect(ageMs).toBeGreaterThanOrEqual(1000);
      await when('the end of the silence', () => isFollowed(source) && source.ageMs() === 0);
      expect([proxy.pushedTypes(), proxy.request('http://echo/')]).toEqual([[], before]);
      await cluster().apply([virtualService('echo', '3s')]);
      await when('the next change', () => proxy.pushedTypes().length > 0);
      expect(new Set(proxy.pushedTypes())).toEqual(new Set(['rds']));
    });
  },
  { watchCache: false },
);
