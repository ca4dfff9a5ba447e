import { createServer } from 'node:http';
import { declareFaults } from '../../kit/fault.ts';
import type { Address } from '../discovery-flags.ts';
import type { ListeningPart } from '../lifecycle.ts';
import { findPortOwner } from './port-owner.ts';
import type { Routes } from './router.ts';
import { serve } from './router.ts';

const portFault = declareFaults({
  PORT_BUSY: {
    blame: 'us',
    retry: true,
    meaning: 'A port that the control plane is to listen on is taken by another process.',
  },
});

/** Turns what listening failed with into a fault that names the port, its flag, and who holds it. */
export async function toListenFault(error: unknown, flag: string, address: Address): Promise<unknown> {
  if (!(error instanceof Error) || !/EADDRINUSE|already in use|No address added/i.test(error.message)) return error;
  const owner = await findPortOwner(address.host, address.port);
  const holder = owner === undefined ? 'another process' : owner;
  return portFault(
    'PORT_BUSY',
    `port ${address.port} (--${flag}) is taken by ${holder}; stop it, or choose another port with --${flag}`,
    error,
  );
}

/** An HTTP server as a part of the control plane; `flag` names the option that set its address. */
export function createHttpPart(name: string, flag: string, address: Address, routes: Routes): ListeningPart {
  const server = createServer((message, response) => void serve(routes, message, response));
  return {
    name,
    port() {
      const bound = server.address();
      return bound !== null && typeof bound === 'object' ? bound.port : address.port;
    },
    async start() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject);
      server.listen({ port: address.port, host: address.host || '::', ipv6Only: false }, resolve);
      await promise.catch(async (error: unknown) => {
        throw await toListenFault(error, flag, address);
      });
      server.off('error', reject);
    },
    async stop() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      server.closeAllConnections();
      await promise;
    },
  };
}
