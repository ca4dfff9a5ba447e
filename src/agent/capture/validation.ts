import { connect, createServer, type Server, type Socket } from 'node:net';
import { captureFault } from './fault.ts';
import type { Family } from './rule.ts';

/** Where a check looks, and how long. */
export interface ValidationOptions {
  readonly families: readonly Family[];
  readonly proxyPort: number;
  readonly inboundPort: number;
  /** Nobody listens here: a connection that comes to somebody was redirected. */
  readonly probePort: number;
  readonly timeoutMs: number;
  readonly retryMs: number;
}

const ADDRESS: Readonly<Record<Family, { readonly listen: string; readonly probe: string }>> = {
  4: { listen: '127.0.0.1', probe: '127.0.0.6' },
  6: { listen: '::1', probe: '::6' },
};

/**
 * Proves that traffic is captured: listens in the proxy's place, calls an address where nobody is, and waits for that very connection to come in.
 *
 * @throws Fault CAPTURE_MISSING when none came in time, CAPTURE_TOOL when the proxy's ports are taken
 */
export async function validateCapture(options: ValidationOptions): Promise<void> {
  for (const family of options.families) await validateFamily(options, family);
}

async function validateFamily(options: ValidationOptions, family: Family): Promise<void> {
  const { listen, probe } = ADDRESS[family];
  const arrivals = new Set<number>();
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  try {
    for (const port of [options.proxyPort, options.inboundPort]) {
      const onSocket = (socket: Socket) => {
        sockets.add(socket);
        arrivals.add(socket.remotePort ?? 0);
      };
      servers.push(await startServer(listen, port, onSocket));
    }
    const until = performance.now() + options.timeoutMs;
    do {
      if (await arrives({ host: probe, port: options.probePort, timeoutMs: options.retryMs }, arrivals)) return;
    } while (performance.now() < until);
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  }
  const where = `${family === 6 ? `[${probe}]` : probe}:${options.probePort}`;
  throw captureFault(
    'CAPTURE_MISSING',
    `a connection to ${where} did not come to the proxy within ${options.timeoutMs} ms`,
  );
}

async function startServer(host: string, port: number, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  server.once('error', (err) =>
    reject(captureFault('CAPTURE_TOOL', `port ${port}, where the proxy will listen, cannot be used: ${err.message}`)),
  );
  server.listen({ host, port }, () => resolve(server));
  return promise;
}

/** Whether a connection of ours, told by its own port, is among those that came in. */
async function arrives(
  { host, port, timeoutMs }: { readonly host: string; readonly port: number; readonly timeoutMs: number },
  arrivals: ReadonlySet<number>,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port });
  const timer = setTimeout(() => resolve(false), timeoutMs);
  socket.on('error', () => undefined);
  socket.once('connect', () => {
    const own = socket.localPort ?? 0;
    // The server's side may be a turn later than ours.
    const look = setInterval(() => {
      if (!arrivals.has(own)) return;
      clearInterval(look);
      resolve(true);
    }, 5);
    socket.once('close', () => clearInterval(look));
  });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}
