import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import type { Address } from '../discovery-flags.ts';
import { toListenFault } from '../http/http-server.ts';
import type { Reply } from '../http/router.ts';
import type { CaPart } from '../identity/ca-part.ts';
import { type TlsLimits, toTlsOptions } from '../identity/tls-limits.ts';
import type { Part } from '../lifecycle.ts';

/** What an API server asks. */
export interface WebhookRequest {
  /** Without query: what is below a webhook's own path tells it more. */
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

/** Answers one webhook. */
export type WebhookHandler = (request: WebhookRequest) => Reply | Promise<Reply>;

/** What the port serves. */
export interface WebhookPortOptions {
  readonly ca: Pick<CaPart, 'serving' | 'ready'>;
  readonly address: Address;
  readonly tls: TlsLimits;
  /** By path; one that ends in `/` answers everything below it. */
  readonly handlers: ReadonlyMap<string, WebhookHandler>;
}

/** Two objects of the largest size that API servers take, and what is around them. */
export const MAX_BODY_BYTES = 6 * 1024 * 1024;

const log = createLog('webhooks');

/**
 * Serves webhooks over TLS, with a certificate that is always the present one. Listens as soon as there is one, at the latest when the authority
 * has a root.
 */
export function createWebhookPort({
  ca,
  address,
  tls,
  handlers,
}: WebhookPortOptions): Part & { port(): number | undefined } {
  const { serving } = ca;
  const server = createServer((message, response) => void answer(handlers, message, response));
  const connections = new OpenConnections(server);
  const renew = () => {
    const pair = serving.current();
    if (pair === undefined) return;
    server.setSecureContext({ ...pair, ...toTlsOptions(tls) });
  };
  let isStopped = false;
  const listen = async () => {
    if (isStopped) return;
    renew();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ port: address.port, host: address.host || '::', ipv6Only: false }, resolve);
    await promise.catch(async (error: unknown) => {
      throw await toListenFault(error, 'httpsAddr', address);
    });
    server.off('error', reject);
  };
  const unwatch = serving.watch(renew);
  return {
    name: 'webhooks',
    port() {
      const bound = server.address();
      return bound !== null && typeof bound === 'object' ? bound.port : undefined;
    },
    async start() {
      if (serving.current() !== undefined) return listen();
      void ca.ready.then(listen).catch((error: unknown) => {
        log.error(
          { event: 'webhook.port', detail: Fault.from(error).message },
          'the port of webhooks cannot be opened',
        );
      });
    },
    async stop(deadline) {
      isStopped = true;
      unwatch();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      connections.drain();
      deadline.addEventListener('abort', () => server.closeAllConnections(), { once: true });
      await promise;
    },
  };
}

/**
 * The connections of a server. API servers keep theirs, and open some that they never use; Node closes neither of its own accord, the one as it
 * may be used again, the other as its first request may be on the way.
 */
class OpenConnections {
  readonly #idle = new Set<Socket>();
  #isDraining = false;

  constructor(server: Server) {
    server.on('secureConnection', (socket) => {
      this.#idle.add(socket);
      socket.once('close', () => this.#idle.delete(socket));
    });
    server.on('request', ({ socket }, response) => {
      this.#idle.delete(socket);
      response.shouldKeepAlive &&= !this.#isDraining;
      response.once('close', () => {
        if (this.#isDraining) socket.end();
        else if (!socket.destroyed) this.#idle.add(socket);
      });
    });
  }

  /** Closes those that wait for nothing now, and each of the others after its answer. */
  drain(): void {
    this.#isDraining = true;
    for (const socket of this.#idle) socket.destroy();
  }
}

async function answer(
  handlers: WebhookPortOptions['handlers'],
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const reply = await toReply(handlers, message).catch((err: unknown): Reply => {
    // Whoever left in the middle of a request is told nothing, and can fill no log.
    if (!message.complete && message.destroyed) return { kind: 'text', status: 400, body: '' };
    log.error({ event: 'webhook.defect', err }, 'a webhook could not be answered');
    return { kind: 'text', status: 500, body: 'internal error\n' };
  });
  const body = reply.kind === 'text' ? reply.body : JSON.stringify(reply.value);
  const type = reply.kind === 'text' ? 'text/plain; charset=utf-8' : 'application/json';
  // The rest of a body that nobody reads must not be taken for the next request.
  if (!message.complete) response.shouldKeepAlive = false;
  response.writeHead(reply.status ?? 200, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function toReply(handlers: WebhookPortOptions['handlers'], message: IncomingMessage): Promise<Reply> {
  const [path = '/'] = (message.url ?? '/').split('?', 1);
  const handler = handlers.get(path) ?? findPrefix(handlers, path);
  if (handler === undefined) return { kind: 'text', status: 404, body: '404 page not found\n' };
  const body = await readBody(message);
  if (body === undefined)
    return { kind: 'text', status: 413, body: `a body may not be longer than ${MAX_BODY_BYTES} bytes\n` };
  return handler({ path, contentType: message.headers['content-type'] ?? '', body });
}

function findPrefix(handlers: WebhookPortOptions['handlers'], path: string): WebhookHandler | undefined {
  for (const [prefix, handler] of handlers) if (prefix.endsWith('/') && path.startsWith(prefix)) return handler;
  return undefined;
}

/** `undefined` when it is too long. */
async function readBody(message: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message.iterator({ destroyOnReturn: false })) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
