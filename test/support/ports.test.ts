import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describePortProblem, listPortProblems } from './ports.ts';

let server: Server;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => void server.close());

function busyPort(): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');
  return address.port;
}

describe('listPortProblems', () => {
  it('names the addresses that are taken, and no others', async () => {
    const busy = { host: '127.0.0.1', port: busyPort() };
    const problems = await listPortProblems([{ host: '127.0.0.1', port: 0 }, busy]);
    expect(problems).toMatchObject([{ kind: 'busy', address: busy }]);
  });

  it('names addresses that the machine does not have', async () => {
    // Reserved for documentation: nobody's address.
    const address = { host: '192.0.2.1', port: 1 };
    expect(await listPortProblems([address])).toEqual([{ kind: 'no-such-address', address }]);
  });
});

describe('describePortProblem', () => {
  const address = { host: '127.0.2.1', port: 9080 };
  it.each([
    {
      problem: { kind: 'busy', address, owner: 'node (pid 7)' },
      says: 'port 9080 (127.0.2.1:9080) is taken by node (pid 7)',
    },
    {
      problem: { kind: 'busy', address, owner: undefined },
      says: 'port 9080 (127.0.2.1:9080) is taken by a process that the system does not name to us',
    },
    {
      problem: { kind: 'no-such-address', address },
      says: 'this machine has no address 127.0.2.1: on macOS run "sudo ifconfig lo0 alias 127.0.2.1"',
    },
    { problem: { kind: 'refused', address, reason: 'EACCES' }, says: '127.0.2.1:9080 cannot be listened on: EACCES' },
  ] as const)('says: $says', ({ problem, says }) => {
    expect(describePortProblem(problem)).toBe(says);
  });
});
