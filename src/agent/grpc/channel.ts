import http2, { type ClientHttp2Session, type ClientHttp2Stream, type IncomingHttpHeaders } from 'node:http2';
import net from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { decodeMessageText, MessageStream, type Metadata } from './call.ts';
import { FrameError } from './frame.ts';
import { type GrpcStatus, STATUS, toFault } from './status.ts';

/** Where a channel leads, and how. Read anew for every connection, so that rotated certificates and roots take effect. */
export type ChannelTarget =
  | {
      /** `host:port`; an IPv6 address in brackets. */
      readonly address: string;
      /** Absent on a plaintext port. */
      readonly tls?: TlsTarget;
      /** Where the connection comes from; absent, the system decides. */
      readonly localAddress?: string | undefined;
    }
  /** A unix socket. */
  | { readonly path: string };

export interface TlsTarget extends Pick<SecureContextOptions, 'ca' | 'cert' | 'key'> {
  /** The name that the server's certificate must have. */
  readonly serverName: string;
}

/** A call that sends and receives any number of messages. */
export interface ClientCall {
  readonly stream: MessageStream;
  /** How the call ended; resolves once it did, and never rejects. */
  readonly status: Promise<GrpcStatus>;
  /** Says that no more messages come. */
  end(): void;
  cancel(): void;
}

/** Options of one call. */
export interface CallOptions {
  readonly metadata?: Metadata;
  readonly signal?: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 5000;
const PING_INTERVAL_MS = 30_000;
const PING_TIMEOUT_MS = 10_000;
/** ADS responses of large meshes; the control plane is trusted not to send more than there is. */
const MESSAGE_LIMIT = 2 ** 31;

/**
 * A gRPC client of one server, on Node's own HTTP/2. Connects when there is a call, and again when the connection broke; a connection over which
 * nothing comes back is given up.
 */
export class GrpcChannel {
  readonly #target: () => ChannelTarget;
  #session: Promise<ClientHttp2Session> | undefined;
  #isClosed = false;

  constructor(target: () => ChannelTarget) {
    this.#target = target;
  }

  /** Calls a method with one message each way. @throws Fault AGENT_CALL_FAILED, AGENT_CALL_REFUSED; the signal's reason */
  async unary(path: string, request: Uint8Array, options: CallOptions = {}): Promise<Buffer> {
    const call = await this.open(path, options);
    await call.stream.send(request);
    call.end();
    let answer: Buffer | undefined;
    try {
      for await (const message of call.stream.messages()) answer ??= message;
    } catch (err) {
      options.signal?.throwIfAborted();
      const status = await call.status;
      throw toFault(path, status.code === STATUS.ok ? toStatus(err) : status);
    }
    options.signal?.throwIfAborted();
    const status = await call.status;
    if (status.code !== STATUS.ok) throw toFault(path, status);
    if (answer === undefined) throw toFault(path, { code: STATUS.internal, message: 'there was no answer' });
    return answer;
  }

  /** Opens a call of any number of messages each way. @throws Fault AGENT_CALL_FAILED when there is no connection; the signal's reason */
  async open(path: string, { metadata = {}, signal }: CallOptions = {}): Promise<ClientCall> {
    signal?.throwIfAborted();
    const session = await this.#connect(path);
    signal?.throwIfAborted();
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...metadata,
    });
    const cancel = () => stream.close(http2.constants.NGHTTP2_CANCEL);
    signal?.addEventListener('abort', cancel, { once: true });
    stream.once('close', () => signal?.removeEventListener('abort', cancel));
    return {
      stream: new MessageStream(stream, MESSAGE_LIMIT),
      status: toEnd(stream),
      end: () => void stream.end(),
      cancel,
    };
  }

  /** Gives the connection up: the next call makes a new one, with the target as it is then. */
  reconnect(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.then(
      (held) => held.close(),
      () => undefined,
    );
  }

  /** Ends everything. */
  close(): void {
    this.#isClosed = true;
    const session = this.#session;
    this.#session = undefined;
    session?.then(
      (held) => held.destroy(),
      () => undefined,
    );
  }

  async #connect(path: string): Promise<ClientHttp2Session> {
    if (this.#isClosed) throw toFault(path, { code: STATUS.unavailable, message: 'the channel is closed' });
    this.#session ??= this.#start();
    const session = this.#session;
    try {
      return await session;
    } catch (err) {
      if (this.#session === session) this.#session = undefined;
      throw toFault(path, toStatus(err));
    }
  }

  async #start(): Promise<ClientHttp2Session> {
    const target = this.#target();
    const session = connect(target);
    const forget = () => {
      this.#session = undefined;
    };
    session.once('close', forget);
    session.once('goaway', forget);
    const { promise, resolve, reject } = Promise.withResolvers<ClientHttp2Session>();
    const timer = setTimeout(() => {
      reject(
        new Error(
          `no connection to ${'path' in target ? target.path : target.address} within ${CONNECT_TIMEOUT_MS} ms`,
        ),
      );
      session.destroy();
    }, CONNECT_TIMEOUT_MS);
    session.on('error', reject);
    session.once('connect', () => {
      session.setLocalWindowSize(4 << 20);
      keepAlive(session);
      resolve(session);
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}

function connect(target: ChannelTarget): ClientHttp2Session {
  const settings = { initialWindowSize: 4 << 20 };
  if ('path' in target)
    return http2.connect('http://localhost', { settings, createConnection: () => net.connect(target.path) });
  const { address, tls, localAddress } = target;
  if (tls === undefined) {
    const { hostname, port } = new URL(`http://${address}`);
    const host = hostname.replace(/^\[|\]$/g, '');
    const createConnection = () =>
      net.connect({ host, port: Number(port || 80), ...(localAddress && { localAddress }) });
    return http2.connect(`http://${address}`, { settings, createConnection });
  }
  const { serverName: servername, ca, cert, key } = tls;
  return http2.connect(`https://${address}`, { settings, servername, ca, cert, key, ALPNProtocols: ['h2'] });
}

/** Without this a peer that vanished without a word would be waited for until the kernel gives up, a quarter of an hour later. */
function keepAlive(session: ClientHttp2Session): void {
  const timer = setInterval(() => {
    const deadline = setTimeout(() => session.destroy(new Error('the peer answers no pings')), PING_TIMEOUT_MS);
    deadline.unref();
    if (!session.ping(() => clearTimeout(deadline))) clearTimeout(deadline);
  }, PING_INTERVAL_MS);
  timer.unref();
  session.once('close', () => clearInterval(timer));
}

/** A call ends with trailers, or with headers that are trailers as well, or not at all. */
function toEnd(stream: ClientHttp2Stream): Promise<GrpcStatus> {
  const { promise, resolve } = Promise.withResolvers<GrpcStatus>();
  let broken: unknown;
  const read = (headers: IncomingHttpHeaders) => {
    const code = headers['grpc-status'];
    if (code !== undefined)
      resolve({ code: Number(code), message: decodeMessageText(String(headers['grpc-message'] ?? '')) });
  };
  stream.once('response', (headers) => {
    if (headers[':status'] !== 200)
      resolve({ code: toCode(Number(headers[':status'])), message: `the server answered HTTP ${headers[':status']}` });
    read(headers);
  });
  stream.once('trailers', read);
  stream.on('error', (err) => {
    broken = err;
  });
  stream.once('close', () => {
    const wasCancelled = stream.rstCode === http2.constants.NGHTTP2_CANCEL;
    resolve(broken === undefined && wasCancelled ? { code: STATUS.cancelled, message: 'cancelled' } : toStatus(broken));
  });
  return promise;
}

function toStatus(err: unknown): GrpcStatus {
  if (err instanceof FrameError) return { code: err.status, message: err.message };
  const message = err instanceof Error ? err.message : 'the stream ended without a status';
  return { code: STATUS.unavailable, message };
}

/** @see https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md */
function toCode(http: number): number {
  if (http === 401) return STATUS.unauthenticated;
  if (http === 403) return STATUS.permissionDenied;
  if (http === 404) return STATUS.unimplemented;
  return http === 429 || http === 502 || http === 503 || http === 504 ? STATUS.unavailable : STATUS.unknown;
}
