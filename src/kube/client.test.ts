import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedServer } from '../../test/support/kube/scripted-server.ts';
import { KubeClient } from './client.ts';
import { isKubeFault } from './fault.ts';
import type { KubeList } from './object.ts';
import { pathOf } from './resource.ts';

const PATH = '/api/v1/namespaces/n/things';
const thing = { metadata: { name: 'a' } };

const faultOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (isKubeFault(error) ? [error.code, error.status, error.reason] : error),
  );

describe('KubeClient', () => {
  const server = new ScriptedServer();
  let client: KubeClient;

  beforeEach(async () => {
    const connection = await server.start();
    client = new KubeClient({ ...connection, token: async () => 'secret', headers: { 'Impersonate-User': 'jane' } });
  });

  afterEach(async () => {
    client.close();
    await server.stop();
    server.requests.length = 0;
  });

  it('proves who asks, and sends what is asked', async () => {
    server.script((_, answer) => answer.json(200, thing));
    const patch = { type: 'apply', fieldManager: 'us', force: true } as const;
    expect(await client.patch(`${PATH}/a`, { spec: {} }, patch)).toEqual(thing);
    const [{ method, path, query, headers } = { headers: {} }] = server.requests;
    expect([method, path, query?.toString()]).toEqual(['PATCH', `${PATH}/a`, 'fieldManager=us&force=true']);
    expect(headers).toMatchObject({
      authorization: 'Bearer secret',
      'content-type': 'application/apply-patch+yaml',
      'impersonate-user': 'jane',
      'user-agent': 'pilothouse',
    });
  });

  it.each([
    { status: 400, reason: 'BadRequest', code: 'KUBE_INVALID' },
    { status: 401, reason: 'Unauthorized', code: 'KUBE_UNAUTHORIZED' },
    { status: 403, reason: 'Forbidden', code: 'KUBE_FORBIDDEN' },
    { status: 404, reason: 'NotFound', code: 'KUBE_NOT_FOUND' },
    { status: 409, reason: 'AlreadyExists', code: 'KUBE_CONFLICT' },
    { status: 422, reason: 'Invalid', code: 'KUBE_INVALID' },
    { status: 500, reason: 'InternalError', code: 'KUBE_FAILED' },
  ])('makes $code of $status', async ({ status, reason, code }) => {
    server.script((_, answer) => answer.refuse(status, reason));
    expect(await faultOf(client.create(PATH, thing))).toEqual([code, status, reason]);
  });

  it('takes absence for an answer, in reading and deleting', async () => {
    server.script((_, answer) => answer.refuse(404, 'NotFound'));
    expect([await client.get(`${PATH}/a`), await client.delete(`${PATH}/a`)]).toEqual([undefined, undefined]);
  });

  it.each([429, 503])('asks again when %s says how long to wait', async (status) => {
    server.script((_, answer) =>
      server.requests.length === 1 ? answer.refuse(status, 'Busy', { 'retry-after': '0' }) : answer.json(200, thing),
    );
    expect([await client.get(`${PATH}/a`), server.requests.length]).toEqual([thing, 2]);
  });

  it('waits for an answer for its time, and no longer', async () => {
    server.script(() => {});
    const request = client.request({ method: 'GET', path: PATH, timeoutMs: 20 });
    expect(await faultOf(request)).toEqual(['KUBE_UNREACHABLE', 0, '']);
  });

  it('ends a request when its caller goes', async () => {
    server.script(() => {});
    const caller = new AbortController();
    const request = client.request({ method: 'GET', path: PATH, signal: caller.signal });
    caller.abort();
    await expect(request).rejects.toMatchObject({ code: 'CANCELLED' });
  });

  it('says when nobody is there, or talks something else', async () => {
    server.script((_, answer) => {
      answer.write('<html>');
      answer.end();
    });
    expect(await faultOf(client.get(PATH))).toEqual(['KUBE_FAILED', 0, '']);
    await server.stop();
    expect(await faultOf(client.get(PATH))).toEqual(['KUBE_UNREACHABLE', 0, '']);
    await server.start();
  });

  it('asks only for metadata where that is enough', async () => {
    server.script((_, answer) => answer.list('1', [thing]));
    const pages: KubeList[] = [];
    for await (const page of client.listPages(PATH, { metadataOnly: true, labelSelector: 'a=b' })) pages.push(page);
    expect(pages).toEqual([{ resourceVersion: '1', items: [thing] }]);
    expect(server.requests[0]?.headers.accept).toContain('PartialObjectMetadataList');
    expect(server.requests[0]?.query.toString()).toBe('labelSelector=a%3Db&limit=500');
  });
});

describe('pathOf', () => {
  const things = { group: 'example.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
  const nodes = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };
  it.each([
    { resource: things, of: {}, path: '/apis/example.io/v1/things' },
    {
      resource: things,
      of: { namespace: 'n', name: 'a', subresource: 'status' },
      path: '/apis/example.io/v1/namespaces/n/things/a/status',
    },
    { resource: nodes, of: { namespace: 'n', name: 'a' }, path: '/api/v1/nodes/a' },
  ])('gives $path', ({ resource, of, path }) => {
    expect(pathOf(resource, of)).toBe(path);
  });
});
