import { type ChannelOptions, Server, ServerCredentials, setLogger } from '@grpc/grpc-js';
import { createLog } from '../kit/log.ts';
import { MAX_REQUEST_BYTES, type XdsServer, xdsChannelOptions } from '../xds/server.ts';
import type { Address } from './discovery-flags.ts';
import { toListenFault } from './http/http-server.ts';
import type { ListeningPart } from './lifecycle.ts';

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
export function createPlaintextXds(xds: XdsServer, address: Address, limits: ConnectionLimits): ListeningPart {
  const server = new Server(toChannelOptions(limits));
  let bound = address.port;
  xds.addTo(server, 'plaintext');
  return {
    name: 'xDS',
    port: () => bound,
    async start() {
      bound = await bindServer(server, address, { credentials: ServerCredentials.createInsecure(), flag: 'grpcAddr' });
    },
    async stop(deadline) {
      await xds.drain(deadline);
      await shutDown(server, deadline);
    },
  };
}

/** Node's timers take 31 bits of milliseconds; longer ones fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What every gRPC server of the control plane is created with. */
export function toChannelOptions({
  intervalMs,
  timeoutMs,
  maxAgeMs,
  maxRequestBytes,
}: ConnectionLimits): ChannelOptions {
  return {
    ...xdsChannelOptions,
    'grpc.max_receive_message_length': maxRequestBytes ?? MAX_REQUEST_BYTES,
    'grpc.keepalive_time_ms': intervalMs,
    'grpc.keepalive_timeout_ms': timeoutMs,
    'grpc.max_connection_age_ms': Math.min(maxAgeMs, MAX_TIMER_MS),
  };
}

/** How a server listens: with which credentials, and by which flag that was asked for. */
export interface Binding {
  readonly credentials: ServerCredentials;
  readonly flag: string;
}

/** Listens; resolves with the port. @throws Fault that names the flag and the address. */
export async function bindServer(server: Server, address: Address, { credentials, flag }: Binding): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const target = `${toTarget(address.host)}:${address.port}`;
  server.bindAsync(target, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  return promise.catch(async (error: unknown) => {
    throw await toListenFault(error, flag, address);
  });
}

/** Lets calls end; cuts them off when `deadline` aborts. */
export async function shutDown(server: Server, deadline: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.tryShutdown(() => resolve());
  deadline.addEventListener('abort', () => server.forceShutdown(), { once: true });
  await promise;
}

function toTarget(host: string): string {
  if (host === '') return '[::]';
  return host.includes(':') ? `[${host}]` : host;
}
