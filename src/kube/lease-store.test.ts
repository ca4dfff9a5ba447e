import { describe, expect, it } from 'vitest';
import type { KubeRequest } from './client.ts';
import { kubeFault } from './fault.ts';
import type { LeaseRecord } from './lease-record.ts';
import { createConfigMapLeaseStore, createLeaseStore } from './lease-store.ts';

const { signal } = new AbortController();
const record: LeaseRecord = {
  holder: 'istiod-1',
  holderKey: 'canary',
  durationMs: 10_000,
  acquiredMs: Date.UTC(2026, 0, 1),
  renewedMs: Date.UTC(2026, 0, 1, 0, 0, 5),
  transitions: 3,
};

/** A server that holds one object, and notes what it was asked. */
function server() {
  const asked: KubeRequest[] = [];
  let object: { metadata: object } | undefined;
  let version = 0;
  return {
    asked,
    async request(request: KubeRequest): Promise<unknown> {
      asked.push(request);
      if (request.method === 'GET') {
        if (object === undefined) throw kubeFault(404, 'NotFound', 'no such object');
        return object;
      }
      const body = request.body as { metadata: { resourceVersion?: string } };
      if (request.method === 'POST' ? object !== undefined : body.metadata.resourceVersion !== `${version}`)
        throw kubeFault(409, 'Conflict', 'another version');
      object = { ...body, metadata: { ...body.metadata, resourceVersion: `${++version}` } };
      return object;
    },
  };
}

describe.each([
  { kind: 'Lease', create: createLeaseStore, path: '/apis/coordination.k8s.io/v1/namespaces/istio-system/leases/x' },
  { kind: 'ConfigMap', create: createConfigMapLeaseStore, path: '/api/v1/namespaces/istio-system/configmaps/x' },
])('a record in a $kind', ({ create, path }) => {
  const open = (client: ReturnType<typeof server>) => create({ client, namespace: 'istio-system', name: 'x' });

  it('is read as it was written', async () => {
    const client = server();
    const store = open(client);
    expect(await store.read(signal)).toBeUndefined();
    const written = await store.write(record, undefined, signal);
    expect(await store.read(signal)).toEqual(written);
    expect(written?.record).toEqual(record);
    expect(client.asked.map(({ path: asked }) => asked)).toEqual([path, path.slice(0, -2), path]);
  });

  it('is not written over a version that is no more', async () => {
    const client = server();
    const [a, b] = [open(client), open(client)];
    const first = await a.write(record, undefined, signal);
    expect(await b.write(record, undefined, signal)).toBeUndefined();
    const seen = await b.read(signal);
    await a.write({ ...record, holder: 'istiod-2' }, first, signal);
    expect(await b.write(record, seen, signal)).toBeUndefined();
    expect((await b.read(signal))?.record.holder).toBe('istiod-2');
  });

  it('loses the key with its holder', async () => {
    const client = server();
    const store = open(client);
    const first = await store.write(record, undefined, signal);
    const released = await store.write({ ...record, holder: '', holderKey: '' }, first, signal);
    expect(released?.record).toMatchObject({ holder: '', holderKey: '' });
    expect(JSON.stringify(client.asked.at(-1)?.body)).not.toContain('canary');
  });
});
