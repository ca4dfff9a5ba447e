import { describe, expect, it } from 'vitest';
import { isLocalName, localNamesOnly, localOnly } from './local-only.ts';
import type { Handler, Request, Routes } from './router.ts';

const hello: Handler = () => ({ kind: 'text', status: 200, body: 'hello' });
const routes: Routes = new Map([['/', hello]]);

async function statusOf(guarded: Routes, peer: string, host: string): Promise<number | undefined> {
  const request: Request = {
    path: '/',
    query: new URLSearchParams(),
    method: 'GET',
    peer,
    host,
    body: () => Promise.resolve(''),
  };
  return (await guarded.get('/')?.(request))?.status;
}

describe('localOnly', () => {
  it.each([
    ['127.0.0.1', 'localhost:15014', 200],
    ['::1', '[::1]:15014', 200],
    ['::ffff:127.0.0.1', '127.0.0.1:15014', 200],
    ['127.0.0.1', '', 200],
    ['127.0.0.1', 'evil.example:15014', 421],
    ['127.0.0.1', '10.0.0.1', 421],
    ['10.0.0.9', 'localhost:15014', 401],
    ['', 'localhost', 401],
  ])('from %s for %s', async (peer, host, status) => {
    expect(await statusOf(localOnly(routes), peer, host)).toBe(status);
  });
});

describe('localNamesOnly', () => {
  it.each([
    ['10.0.0.9', 'localhost', 200],
    ['127.0.0.1', 'evil.example', 421],
  ])('from %s for %s', async (peer, host, status) => {
    expect(await statusOf(localNamesOnly(routes), peer, host)).toBe(status);
  });
});

describe('isLocalName', () => {
  it.each([
    ['localhost', true],
    ['LOCALHOST:9876', true],
    ['pilothouse.localhost:1', true],
    ['127.0.2.1', true],
    ['[::1]', true],
    ['localhost.evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['notlocalhost', false],
    ['0.0.0.0', false],
  ])('of %s', (host, expected) => {
    expect(isLocalName(host)).toBe(expected);
  });
});
