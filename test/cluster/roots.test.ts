import { describe, expect } from 'vitest';
import { isRecord } from '../../src/kube/object.ts';
import type { LabelSelector } from '../../src/model/label-selector.ts';
import { REVOCATIONS } from '../../src/server/roots/root-config-map.ts';
import { publishRoots, toPublishedRoots } from '../../src/server/roots/root-publisher.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { eventually } from '../support/eventually.ts';

/** Something that changes, and tells. */
function changing<T>(value: T) {
  const watchers = new Set<() => void>();
  let now = value;
  return {
    current: () => now,
    watch(tell: () => void) {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    set(next: T) {
      now = next;
      for (const tell of watchers) tell();
    },
  };
}

describe('istio-ca-root-cert', () => {
  describeWithCluster('on an API server', (cluster, it) => {
    function start({ pem = 'ROOT-1', selectors = [] as readonly LabelSelector[] } = {}) {
      const client = cluster().client();
      const over = new AbortController();
      const roots = changing({ pem });
      const chosen = changing(selectors);
      const done = publishRoots(
        {
          client,
          texts: [toPublishedRoots(roots), { map: REVOCATIONS, current: () => '', watch: () => () => {} }],
          scope: { selectors: chosen.current, watch: chosen.watch },
        },
        over.signal,
      );
      return {
        client,
        roots,
        chosen,
        async stop() {
          over.abort();
          await done;
          client.close();
        },
        async read(namespace: string) {
          const map = await client.get(`/api/v1/namespaces/${namespace}/configmaps/istio-ca-root-cert`);
          return map && { data: isRecord(map.data) ? map.data : {}, labels: map.metadata.labels };
        },
      };
    }
    const label = { 'istio.io/config': 'true' };
    const holds = (pem: string) => ({ data: { 'root-cert.pem': pem }, labels: label });

    it('is in every namespace but those where nobody runs workloads, and in new ones', async () => {
      const publisher = start();
      await cluster().apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'fresh' } }]);
      for (const namespace of ['default', 'kube-system', 'fresh'])
        await eventually(async () => expect(await publisher.read(namespace)).toEqual(holds('ROOT-1')));
      expect(await publisher.read('kube-public')).toBeUndefined();
      // Whoever mounts revocations must find the file even when there are none.
      await eventually(async () =>
        expect(await cluster().client().get('/api/v1/namespaces/fresh/configmaps/istio-ca-crl')).toMatchObject({
          data: { 'ca-crl.pem': '' },
          metadata: { labels: label },
        }),
      );
      expect(await publisher.read('kube-node-lease')).toBeUndefined();
      await publisher.stop();
    });

    it('is mended when it was changed or deleted, and written anew with new roots', async () => {
      const publisher = start();
      const map = ['-n', 'default', 'configmap', 'istio-ca-root-cert'];
      await eventually(async () => expect(await publisher.read('default')).toEqual(holds('ROOT-1')));
      await cluster().kubectl('patch', ...map, '--type=merge', '-p', '{"data":{"root-cert.pem":"EVIL","more":"kept"}}');
      await eventually(async () =>
        expect(await publisher.read('default')).toEqual({
          data: { 'root-cert.pem': 'ROOT-1', more: 'kept' },
          labels: label,
        }),
      );
      await cluster().kubectl('label', ...map, 'istio.io/config-');
      await eventually(async () => expect((await publisher.read('default'))?.labels).toEqual(label));
      await cluster().kubectl('delete', ...map);
      await eventually(async () => expect(await publisher.read('default')).toEqual(holds('ROOT-1')));
      publisher.roots.set({ pem: 'ROOT-1\nROOT-2' });
      await eventually(async () => expect(await publisher.read('default')).toEqual(holds('ROOT-1\nROOT-2')));
      await publisher.stop();
    });

    it('is not made where the mesh does not look, until it does', async () => {
      await cluster().apply([
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'inside', labels: { mesh: 'yes' } } },
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'outside' } },
      ]);
      const publisher = start({ selectors: [{ matchLabels: { mesh: 'yes' } }] });
      await eventually(async () => expect(await publisher.read('inside')).toEqual(holds('ROOT-1')));
      expect(await publisher.read('outside')).toBeUndefined();
      await cluster().kubectl('label', 'namespace', 'outside', 'mesh=yes');
      await eventually(async () => expect(await publisher.read('outside')).toEqual(holds('ROOT-1')));
      await publisher.stop();
    });

    it('is left alone where a namespace is on its way out, without holding up others', async () => {
      const names = Array.from({ length: 20 }, (_, i) => `going-${i}`);
      await cluster().apply(names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
      await cluster().kubectl('delete', 'namespace', '--wait=false', ...names.slice(0, 10));
      const publisher = start();
      for (const name of names.slice(10))
        await eventually(async () => expect(await publisher.read(name)).toEqual(holds('ROOT-1')));
      expect(await publisher.read('going-0')).toBeUndefined();
      await publisher.stop();
    });
  });
});
