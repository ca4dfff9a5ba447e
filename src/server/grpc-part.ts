import { Server, ServerCredentials, setLogger } from '@grpc/grpc-js';
import { createLog } from '../kit/log.ts';
import { MAX_REQUEST_BYTES, type XdsServer, xdsChannelOptions } from '../xds/server.ts';
import type { Address } from './discovery-flags.ts';
import { toListenFault } from './http/http-server.ts';
import type { Part } from './lifecycle.ts';

/** How often idle connections are probed, for how long they live, in milliseconds, and how much a request may take. */
export interface ConnectionLimits {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly maxAgeMs: number;
  /** The largest request that is taken in, in bytes; 4 MiB when absent. */
  readonly maxRequestBytes?: number;
}

const log = createLog('grpc');

// The library writes to the console by itself, past our scopes and levels; what it says of failures comes back as errors anyway.
setLogger({
  error: (...said: unknown[]) => log.debug({ event: 'grpc.library' }, said.join(' ')),
  info: (...said: unknown[]) => log.debug({ event: 'grpc.library' }, said.join(' ')),
  debug: (...said: unknown[]) => log.debug({ event: 'grpc.library' }, said.join(' ')),
});

/** Serves xDS in plaintext. On `stop` open streams end first, so that proxies connect elsewhere while others still drain. */
export function createPlaintextXds(
  xds: XdsServer,
  address: Address,
  limits: ConnectionLimits,
): Part & { port(): number } {
  const server = new Server({
    ...xdsChannelOptions,
    'grpc.max_receive_message_length': limits.maxRequestBytes ?? MAX_REQUEST_BYTES,
    'grpc.keepalive_time_ms': limits.intervalMs,
    'grpc.keepalive_timeout_ms': limits.timeoutMs,
    'grpc.max_connection_age_ms': Math.min(limits.maxAgeMs, MAX_TIMER_MS),
  });
  let bound = address.port;
  xds.addTo(server, 'plaintext');
  return {
    name: 'xDS',
    port: () => bound,
    async start() {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const target = `${toTarget(address.host)}:${address.port}`;
      server.bindAsync(target, ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      );
      bound = await promise.catch(async (error: unknown) => {
        throw await toListenFault(error, 'grpcAddr', address);
      });
    },
    async stop(deadline) {
      await xds.drain(deadline);
      const { promise, resolve } = Promise.withResolvers<void>();
      server.tryShutdown(() => resolve());
      deadline.addEventListener('abort', () => server.forceShutdown(), { once: true });
      await promise;
    },
  };
}

/** Node's timers take 31 bits of milliseconds; longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function toTarget(host: string): string {
  if (host === '') return '[::]';
  return host.includes(':') ? `[${host}]` : host;
}
