import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpPart } from './http-server.ts';
import type { Handler } from './router.ts';

const routes = new Map<string, Handler>([
  ['/text', () => ({ kind: 'text', status: 202, body: 'hello' })],
  ['/json', ({ query }) => ({ kind: 'json', value: { q: query.get('q') } })],
  ['/tree/', ({ path, method }) => ({ kind: 'text', status: 200, body: `${method} ${path}` })],
  ['/echo', async ({ body }) => ({ kind: 'text', status: 200, body: await body() })],
  [
    '/broken',
    () => {
      throw new Error('oops');
    },
  ],
]);
const server = createHttpPart('test', 'httpAddr', { host: '127.0.0.1', port: 0 }, routes);

beforeAll(() => server.start());
afterAll(() => server.stop(AbortSignal.timeout(1000)));

async function ask(path: string, init: { method?: string; body?: string } = {}): Promise<[number | undefined, string]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number | undefined, string]>();
  const req = httpRequest(
    { host: '127.0.0.1', port: server.port(), path, method: init.method ?? 'GET' },
    async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk);
      resolve([res.statusCode, Buffer.concat(chunks).toString()]);
    },
  );
  req.on('error', reject);
  req.end(init.body);
  return promise;
}

describe('createHttpPart', () => {
  it.each([
    ['/text', {}, 202, 'hello'],
    ['/json?q=a', {}, 200, '{"q":"a"}\n'],
    ['/json?q=a&pretty', {}, 200, '{\n  "q": "a"\n}\n'],
    ['//text', {}, 202, 'hello'],
    ['/tree/a/b', {}, 200, 'GET /tree/a/b'],
    ['/tree/', {}, 200, 'GET /tree/'],
    [`/text${'/'.repeat(10_000)}`, {}, 404, '404 page not found\n'],
    ['/nobody', {}, 404, '404 page not found\n'],
    ['/tre', {}, 404, '404 page not found\n'],
    ['/echo', { method: 'POST', body: 'abc' }, 200, 'abc'],
    ['/broken', {}, 500, 'Error: oops\n'],
  ])('answers %s', async (path, init, status, body) => {
    expect(await ask(path, init)).toEqual([status, body]);
  });

  it('says which port is busy, by which flag, and who holds it', async () => {
    const second = createHttpPart('second', 'monitoringAddr', { host: '127.0.0.1', port: server.port() }, routes);
    await expect(second.start()).rejects.toMatchObject({
      code: 'PORT_BUSY',
      message: expect.stringContaining(`port ${server.port()} (--monitoringAddr) is taken by`),
    });
  });
});
