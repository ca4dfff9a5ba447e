import http2, { type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { encodeMessageText, MessageStream, type Metadata } from './call.ts';
import { FrameError } from './frame.ts';
import { type GrpcStatus, STATUS } from './status.ts';

/** A call that a client made. */
export interface ServerCall {
  readonly metadata: Metadata;
  readonly stream: MessageStream;
  /** Aborted when the client, or the connection to it, is gone. */
  readonly signal: AbortSignal;
}

/** Answers a call; what it returns is the call's status, what it throws becomes `INTERNAL`. */
export type Handler = (call: ServerCall) => Promise<GrpcStatus>;

/** Where a server listens: a unix socket's path. */
export interface GrpcServerOptions {
  readonly handlers: Readonly<Record<string, Handler>>;
  /** Told of what a handler throws. */
  readonly onError: (error: unknown, path: string) => void;
}

/** A gRPC server of few calls, on Node's own HTTP/2: what a process that every pod pays for can afford. */
export class GrpcServer {
  readonly #server: http2.Http2Server;
  readonly #sessions = new Set<http2.ServerHttp2Session>();
  readonly #options: GrpcServerOptions;

  constructor(options: GrpcServerOptions) {
    this.#options = options;
    this.#server = http2.createServer({ settings: { initialWindowSize: 1 << 20 } });
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.setLocalWindowSize(1 << 20);
      session.on('close', () => this.#sessions.delete(session));
      session.on('error', () => session.destroy());
    });
    this.#server.on('stream', (stream, headers) => void this.#answer(stream, headers));
  }

  /** @throws the operating system's error when the path cannot be listened on */
  async listen(path: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(path, resolve);
    await promise;
    this.#server.off('error', reject);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const session of this.#sessions) session.destroy();
    await promise;
  }

  async #answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const path = String(headers[':path'] ?? '');
    const gone = new AbortController();
    stream.on('close', () => gone.abort());
    // A client that resets its stream is no error of ours; the signal tells the handler.
    stream.on('error', () => undefined);
    const handler = Object.hasOwn(this.#options.handlers, path) ? this.#options.handlers[path] : undefined;
    stream.on('wantTrailers', () => {
      stream.sendTrailers(toTrailers(status));
      // The client may still be sending; nobody reads it any more.
      setImmediate(() => stream.close());
    });
    let status: GrpcStatus = { code: STATUS.unimplemented, message: `there is no method ${path}` };
    if (handler === undefined) {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', ...toTrailers(status) },
        { endStream: true },
      );
      return;
    }
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    status = await this.#run(
      handler,
      { metadata: toMetadata(headers), stream: new MessageStream(stream, LIMIT), signal: gone.signal },
      path,
    );
    if (!stream.destroyed) stream.end();
  }

  async #run(handler: Handler, call: ServerCall, path: string): Promise<GrpcStatus> {
    try {
      return await handler(call);
    } catch (err) {
      if (call.signal.aborted) return { code: STATUS.cancelled, message: 'the client is gone' };
      if (err instanceof FrameError) return { code: err.status, message: err.message };
      this.#options.onError(err, path);
      return { code: STATUS.internal, message: err instanceof Error ? err.message : String(err) };
    }
  }
}

/** Only our own Envoy talks to this server, and sends nothing large. */
const LIMIT = 64 << 20;

function toTrailers({ code, message }: GrpcStatus): Record<string, string> {
  return { 'grpc-status': String(code), ...(message !== '' && { 'grpc-message': encodeMessageText(message) }) };
}

function toMetadata(headers: IncomingHttpHeaders): Metadata {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === 'string' && !name.startsWith(':') ? [[name, value] as const] : [],
  );
  return Object.fromEntries(entries);
}
