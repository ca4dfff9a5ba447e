import { randomInt } from 'node:crypto';
import { listPortProblems } from '../ports.ts';

/**
 * A free port above those that the kernel gives to outgoing connections: a server that is down for a while finds it
 * free again, and nobody who keeps knocking at it meanwhile ends up connected to himself.
 */
export async function findServerPort(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = randomInt(61_000, 65_536);
    if ((await listPortProblems([{ host: '127.0.0.1', port }])).length === 0) return port;
  }
  throw new Error('50 ports between 61,000 and 65,535 are taken');
}
