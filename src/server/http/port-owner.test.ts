import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPortOwner, shortenCommand } from './port-owner.ts';

const servers: Server[] = [];
let port = 0;

async function listen(host: string, onPort: number): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ host, port: onPort }, resolve));
  const bound = server.address();
  return bound !== null && typeof bound === 'object' ? bound.port : 0;
}

describe.runIf(process.platform === 'linux')('findPortOwner', () => {
  beforeAll(async () => {
    port = await listen('127.0.0.1', 0);
  });
  afterAll(() => {
    for (const server of servers) server.close();
  });

  const us = expect.stringContaining(`(pid ${process.pid})`);
  it.each([
    ['127.0.0.1', us],
    ['localhost', us],
    ['::ffff:127.0.0.1', us],
    ['', us],
    ['0.0.0.0', us],
    ['::', us],
    // The same port of another address is another one's.
    ['127.0.2.3', undefined],
    ['::2', undefined],
  ])('of %j', async (host, owner) => {
    expect(await findPortOwner(host, port)).toEqual(owner);
  });

  it('finds who listens on every address', async () => {
    const everywhere = await listen('0.0.0.0', 0);
    expect(await findPortOwner('127.0.2.3', everywhere)).toEqual(us);
  });
});

describe('shortenCommand', () => {
  it.each([
    ['envoy -c envoy.json', 'envoy -c envoy.json'],
    [
      `/usr/lib/${'very/'.repeat(30)}envoy -c /tmp/some-folder/reviews-v1.json --disable-hot-restart`,
      `envoy …ib/${'very/'.repeat(11)}envoy -c /tmp/some-folder/reviews-v1.json --disable-hot-restart`,
    ],
  ])('of %s', (command, short) => {
    const shown = shortenCommand(command);
    expect(shown.length).toBeLessThanOrEqual(120);
    if (command === short) expect(shown).toBe(short);
    else expect(shown).toMatch(/^envoy ….*reviews-v1\.json --disable-hot-restart$/);
  });
});
