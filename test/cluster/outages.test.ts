import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { KubeSource } from '../../src/discovery/kube/kube-source.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { tokenOf } from '../support/cluster/folder.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { LogBook } from '../support/feature/log-book.ts';
import type { MeshProxy } from '../support/feature/mesh-proxy.ts';
import { ScenarioMesh } from '../support/feature/scenario-mesh.ts';
import { rollingService } from '../support/kube/rolling-service.ts';
import { until } from '../support/until.ts';

/** The longer, the truer; what is held must not depend on it. */
const OUTAGE_MS = Number(process.env.OUTAGE_SECONDS ?? 5) * 1000;
/** `PODS=5000` is what is asked of a large mesh; it takes some minutes on a small machine. */
const PODS = Number(process.env.PODS ?? 1000);
const PATIENCE_MS = 120_000;
/** To write one, delete one, and write another, where all share two cores. */
const MS_PER_POD = 100;
const HALF = 'half';
/** API servers take no more of all annotations of an object together. */
const ANNOTATIONS = 250_000;

const service = (name: string, annotations: Readonly<Record<string, string>> = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default', annotations },
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
  'A mesh whose objects are in a cluster',
  (cluster, it) => {
    const log = new LogBook();
    let client: KubeClient;
    let mesh: ScenarioMesh | undefined;

    beforeAll(async () => {
      log.open();
      client = cluster().client();
      await cluster().installCrds();
      await cluster().apply([service('echo'), virtualService('echo', '1s')]);
    });
    afterEach(async () => {
      await mesh?.stop();
      mesh = undefined;
      log.clear();
    });
    afterAll(() => client.close());

    /** Starts a control plane, and connects a proxy to it. */
    const start = async (token = cluster().adminToken) => {
      const own = cluster().client(token);
      const source = new KubeSource({
        client: own,
        cluster: 'Kubernetes',
        systemNamespace: 'istio-system',
        onStop: () => own.close(),
        times: { retryMs: 100, maxRetryMs: 1000, refusedMs: 500 },
      });
      mesh = await ScenarioMesh.start('delta', log, [source]);
      const proxy = await mesh.connect(sidecar('web'));
      return { mesh, proxy, source };
    };

    const isFollowed = (source: KubeSource) => source.states().every(({ state }) => state.kind === 'watching');
    const timeoutOf = (proxy: MeshProxy) => proxy.request('http://echo/');

    it(
      'stays as it was while the API server is gone, and nothing is sent twice',
      async () => {
        const { proxy, source } = await start();
        const before = timeoutOf(proxy);
        proxy.script.forgetPushes();
        await cluster().kill();
        await when('the outage', () => source.states().every(({ state }) => state.kind === 'unreachable'));
        await delay(OUTAGE_MS);
        expect(source.ageMs()).toBeGreaterThanOrEqual(OUTAGE_MS);
        await cluster().restart();
        await when('the end of the outage', () => isFollowed(source));
        expect([proxy.pushedTypes(), timeoutOf(proxy), source.ageMs()]).toEqual([[], before, 0]);
        expect([log.list('kube.unreachable').length, log.list('kube.heard').length]).toEqual([1, 1]);
        await cluster().apply([virtualService('echo', '7s')]);
        await when('the next change', () => proxy.pushedTypes().length > 0);
        expect(proxy.pushedTypes()).toEqual(['rds']);
      },
      PATIENCE_MS + OUTAGE_MS,
    );

    it('is served without the kinds that RBAC forbids, and says which', async () => {
      const rights = ['--verb=list,watch', '--resource=services,namespaces,endpointslices.discovery.k8s.io'];
      await cluster().kubectl('create', 'clusterrole', HALF, ...rights);
      await cluster().kubectl('create', 'clusterrolebinding', HALF, `--clusterrole=${HALF}`, `--user=${HALF}`);
      const { mesh: started, proxy } = await start(tokenOf(HALF));
      expect(proxy.clusterNames()).toContain('outbound|80||echo.default.svc.cluster.local');
      const refused = started.issues().filter((issue) => issue.includes('KIND_FORBIDDEN'));
      expect(refused.some((issue) => issue.includes('VirtualService objects cannot be read'))).toBe(true);
      expect(refused.some((issue) => issue.includes(' Service objects'))).toBe(false);
      expect(log.list('kube.forbidden')).toHaveLength(refused.length);
      const more = ['--verb=list,watch', '--resource=*.networking.istio.io'];
      await cluster().kubectl('create', 'clusterrole', `${HALF}-more`, ...more);
      await cluster().kubectl('create', 'clusterrolebinding', 'more', `--clusterrole=${HALF}-more`, `--user=${HALF}`);
      await when('the VirtualService', () => started.fateOf('VirtualService', 'echo') === 'applied');
      expect(started.issues().some((issue) => issue.includes('VirtualService objects'))).toBe(false);
    });

    it('takes objects as large as they can be, and keeps little of them', async () => {
      const names = Array.from({ length: 20 }, (_, index) => `large-${index}`);
      const path = '/api/v1/namespaces/default/services';
      const annotations = { 'example.com/story': 'x'.repeat(ANNOTATIONS) };
      await Promise.all(names.map((name) => client.create(path, service(name, annotations))));
      const { proxy, source } = await start();
      expect(proxy.clusterNames().filter((name) => name.includes('large-'))).toHaveLength(names.length);
      // A change of such an object that says nothing to the mesh is none.
      proxy.script.forgetPushes();
      const other = { metadata: { annotations: { 'example.com/story': 'y'.repeat(ANNOTATIONS) } } };
      await Promise.all(names.map((name) => client.patch(`${path}/${name}`, other, { type: 'merge' })));
      await Promise.all(names.map((name) => client.delete(`${path}/${name}`)));
      await when('them to go', () => !proxy.clusterNames().some((name) => name.includes('large-')));
      expect(isFollowed(source)).toBe(true);
    });

    it(
      `follows ${PODS} Pods that are rolled`,
      async () => {
        const rolling = rollingService(client, { name: 'rolled', pods: PODS });
        await rolling.create();
        const { proxy } = await start();
        const endpoints = () => [...proxy.endpoints('outbound|80||rolled.default.svc.cluster.local')].sort();
        expect(endpoints()).toEqual(rolling.addresses());
        proxy.script.forgetPushes();
        const startedMs = performance.now();
        await rolling.roll();
        const rolledMs = performance.now();
        await when('the last Pod', () => endpoints().join() === rolling.addresses().join());
        const lagMs = performance.now() - rolledMs;
        expect(lagMs).toBeLessThan(5000);
        // Endpoints alone changed: nothing else was sent.
        expect(new Set(proxy.pushedTypes())).toEqual(new Set(['eds']));
        process.stdout.write(
          `${PODS} Pods rolled in ${Math.round(rolledMs - startedMs)} ms, the last was served ${Math.round(lagMs)} ms later\n`,
        );
        await rolling.remove();
      },
      PATIENCE_MS + PODS * MS_PER_POD,
    );
  },
  { users: [{ name: HALF }] },
);
