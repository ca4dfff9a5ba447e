import { afterEach, expect } from 'vitest';
import { configureLogs } from '../../src/kit/log.ts';
import { KubeClient, type ListOptions } from '../../src/kube/client.ts';
import { pathOf } from '../../src/kube/resource.ts';
import { Reflector, type ReflectorOptions, type ReflectorTimes } from '../../src/kube/reflector.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { tokenOf } from '../support/cluster/folder.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { until } from '../support/until.ts';

const CONFIG_MAPS = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const READER = 'reader';
const NAMESPACE = 'default';

/** A client that counts how often everything is listed. */
class CountingClient extends KubeClient {
  lists = 0;

  override async *listPages(path: string, options?: ListOptions) {
    this.lists++;
    yield* super.listPages(path, options);
  }
}

/** What a reflector told, and the reflector. */
interface Followed {
  readonly reflector: Reflector<string>;
  readonly news: string[];
  readonly states: string[];
  readonly client: CountingClient;
  isSynced: boolean;
}

const open: { reflector: Reflector<string>; client: KubeClient }[] = [];

/** Follows ConfigMaps that a label marks: the server keeps its own beside them. */
function follow(cluster: Cluster, times: Partial<ReflectorTimes> = {}, token = cluster.adminToken): Followed {
  const client = new CountingClient(cluster.connection(token));
  const news: string[] = [];
  const states: string[] = [];
  const listener: ReflectorOptions<string>['listener'] = {
    onChange: ({ put, removed }) => {
      news.push(...put.map(({ key, value }) => `${key}=${value}`), ...removed.map((key) => `-${key}`));
    },
    onSynced: () => {
      followed.isSynced = true;
    },
    onState: ({ kind }) => states.push(kind),
    onHeard: () => {},
  };
  const reflector = new Reflector<string>({
    client,
    resources: [CONFIG_MAPS],
    namespace: NAMESPACE,
    labelSelector: 'test=yes',
    keep: ({ data }) => ({ value: JSON.stringify(data), content: data }),
    listener,
    times: { retryMs: 20, maxRetryMs: 200, refusedMs: 200, ...times },
  });
  const followed: Followed = { reflector, news, states, client, isSynced: false };
  open.push({ reflector, client });
  reflector.start();
  return followed;
}

const when = (fact: string, is: () => boolean) => until(fact, () => is() || undefined, { timeoutMs: 60_000 });

/** Writes a ConfigMap of one value. */
async function write(cluster: Cluster, name: string, value: string): Promise<void> {
  const client = cluster.client();
  const metadata = { name, labels: { test: 'yes' } };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } };
  const path = pathOf(CONFIG_MAPS, { namespace: NAMESPACE, name });
  await client.patch(path, object, { type: 'apply', fieldManager: 'test', force: true });
  client.close();
}

async function remove(cluster: Cluster, ...names: readonly string[]): Promise<void> {
  const client = cluster.client();
  for (const name of names) await client.delete(pathOf(CONFIG_MAPS, { namespace: NAMESPACE, name }));
  client.close();
}

const of = (name: string, value: string) => `default/${name}={"value":"${value}"}`;

describeWithCluster(
  'A reflector',
  (cluster, it) => {
    configureLogs({ levels: new Map([['kube', 'none']]) });

    afterEach(async () => {
      for (const { reflector, client } of open.splice(0)) {
        await reflector.stop();
        client.close();
      }
      const client = cluster().client();
      const path = pathOf(CONFIG_MAPS, { namespace: NAMESPACE });
      await client.request({ method: 'DELETE', path, query: { labelSelector: 'test=yes' } });
      client.close();
    });

    it('tells what is there and what changes', async () => {
      await write(cluster(), 'a', '1');
      const { news, reflector } = follow(cluster());
      await when('the list', () => news.length === 1 && reflector.state.kind === 'watching');
      await write(cluster(), 'a', '2');
      await write(cluster(), 'b', '1');
      await remove(cluster(), 'a');
      await when('the last change', () => news.length === 4);
      expect(news).toEqual([of('a', '1'), of('a', '2'), of('b', '1'), '-default/a']);
    });

    it('loses nothing while the server is gone, and hears afterwards what differs', async () => {
      await write(cluster(), 'a', '1');
      await write(cluster(), 'b', '1');
      const { news, states, reflector } = follow(cluster());
      await when('the list', () => reflector.state.kind === 'watching');
      await cluster().kill();
      await when('the outage', () => states.at(-1) === 'unreachable');
      expect([news.length, reflector.size]).toEqual([2, 2]);
      await cluster().restart();
      await write(cluster(), 'b', '2');
      await when('the change', () => news.length === 3);
      expect([news, states]).toEqual([
        [of('a', '1'), of('b', '1'), of('b', '2')],
        ['watching', 'unreachable', 'watching'],
      ]);
    });

    it('notices a server that went silent, and finds back when it speaks again', async () => {
      await write(cluster(), 'a', '1');
      const { news, states, reflector } = follow(cluster(), { idleMs: 500 });
      await when('the list', () => reflector.state.kind === 'watching');
      cluster().pause();
      await when('the silence to be noticed', () => states.at(-1) === 'unreachable');
      expect(reflector.size).toBe(1);
      cluster().resume();
      await when('the end of it', () => states.at(-1) === 'watching');
      await write(cluster(), 'a', '2');
      await when('the change', () => news.length === 2);
      expect(news).toEqual([of('a', '1'), of('a', '2')]);
    });

    it('says that it may not, goes on once it may, and keeps what it had when it no more may', async () => {
      await write(cluster(), 'a', '1');
      const followed = follow(cluster(), { watchMs: 500 }, tokenOf(READER));
      const { news, states } = followed;
      await when('the refusal', () => states.at(-1) === 'forbidden');
      expect([followed.isSynced, news]).toEqual([true, []]);
      await cluster().kubectl('create', 'role', READER, '--verb=list,watch', '--resource=configmaps', '-n', NAMESPACE);
      const binding = ['rolebinding', READER, '-n', NAMESPACE];
      await cluster().kubectl('create', ...binding, `--role=${READER}`, `--user=${READER}`);
      await when('the list', () => news.length === 1);
      await cluster().kubectl('delete', ...binding);
      await when('the next refusal', () => states.at(-1) === 'forbidden');
      expect([news, followed.reflector.size]).toEqual([[of('a', '1')], 1]);
    });

    it('lists in pages', async () => {
      const names = Array.from({ length: 620 }, (_, index) => `page-${index}`);
      const items = names.map((name) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name, namespace: NAMESPACE, labels: { test: 'yes' } },
      }));
      const client = cluster().client();
      await Promise.all(items.map((item) => client.create(pathOf(CONFIG_MAPS, { namespace: NAMESPACE }), item)));
      client.close();
      const followed = follow(cluster());
      await when('the list', () => followed.isSynced);
      expect([followed.reflector.size, new Set(followed.news).size]).toEqual([620, 620]);
    });
  },
  { users: [{ name: READER }] },
);

describeWithCluster(
  'A reflector of a server without a watch cache',
  (cluster, it) => {
    it('lists anew when its version was compacted, and tells nothing that did not change', async () => {
      for (const name of ['same', 'changed']) await write(cluster(), name, '1');
      // The server ends the watch after a second; nothing of what follows is told on it.
      const { news, states, client, reflector } = follow(cluster(), { watchMs: 500 });
      await when('the list', () => states.at(-1) === 'watching');
      for (const round of ['1', '2', '3']) {
        await cluster().kubectl('create', 'configmap', `other-${round}`, '-n', NAMESPACE);
        await cluster().compact();
      }
      await when('another list', () => client.lists > 1 && reflector.state.kind === 'watching');
      expect(new Set(news)).toEqual(new Set([of('same', '1'), of('changed', '1')]));
      expect([news.length, states]).toEqual([2, ['watching']]);
      await write(cluster(), 'changed', '2');
      await when('the change', () => news.length === 3);
      await reflector.stop();
      client.close();
    });
  },
  { watchCache: false },
);
