import { createServer, isIP } from 'node:net';
import { findPortOwner } from '../../src/server/http/port-owner.ts';

export interface PortAddress {
  readonly host: string;
  readonly port: number;
}

/** Why an address cannot be listened on. */
export type PortProblem =
  | { readonly kind: 'busy'; readonly address: PortAddress; readonly owner: string | undefined }
  /** The machine does not have the address: macOS has only 127.0.0.1 of 127.0.0.0/8 until told otherwise. */
  | { readonly kind: 'no-such-address'; readonly address: PortAddress }
  | { readonly kind: 'refused'; readonly address: PortAddress; readonly reason: string };

/** Tries every address and gives those that are not free, in the order asked. */
export async function listPortProblems(addresses: readonly PortAddress[]): Promise<PortProblem[]> {
  const problems = await Promise.all(addresses.map(findPortProblem));
  return problems.filter((problem) => problem !== undefined);
}

async function findPortProblem(address: PortAddress): Promise<PortProblem | undefined> {
  const code = await tryToListen(address);
  switch (code) {
    case undefined:
      return undefined;
    case 'EADDRINUSE':
      return { kind: 'busy', address, owner: await findPortOwner(address.host, address.port) };
    case 'EADDRNOTAVAIL':
      return { kind: 'no-such-address', address };
    default:
      return { kind: 'refused', address, reason: code };
  }
}

/** The error code of an attempt to listen, or undefined when it went well. */
function tryToListen({ host, port }: PortAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (err: NodeJS.ErrnoException) => resolve(err.code ?? err.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

/** One line for people: what is wrong and what to do about it. */
export function describePortProblem(problem: PortProblem): string {
  const { host, port } = problem.address;
  const address = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  switch (problem.kind) {
    case 'busy':
      return `port ${port} (${address}) is taken by ${problem.owner ?? 'a process that the system does not name to us'}`;
    case 'no-such-address':
      return `this machine has no address ${host}: on macOS run "sudo ifconfig lo0 alias ${host}"`;
    case 'refused':
      return `${address} cannot be listened on: ${problem.reason}`;
  }
}
