import * as http from 'node:http';
import * as https from 'node:https';
import type { Credentials, KubeConnection } from './connection.ts';
import { unreachableFault } from './fault.ts';

/** One exchange over HTTP. */
export interface RawRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
  /** Its answer goes on and on. */
  readonly isWatch: boolean;
}

/** How long a connection may lie idle before the server is asked whether it is still there, in milliseconds. */
const KEEP_ALIVE_MS = 15_000;
/** Requests at a time; more wait for their turn. A server is not helped by hundreds of handshakes at once. */
const MAX_SOCKETS = 16;

/** Sends requests as whoever the connection says, over connections that are kept. */
export class Transport {
  readonly #connection: KubeConnection;
  readonly #url: URL;
  /** Watches hold their connections for minutes: they must not keep requests from theirs. */
  readonly #agents: { readonly requests: http.Agent; readonly watches: http.Agent };

  constructor(connection: KubeConnection) {
    this.#connection = connection;
    this.#url = new URL(connection.server);
    this.#agents = { requests: this.#createAgent(MAX_SOCKETS), watches: this.#createAgent(Number.POSITIVE_INFINITY) };
  }

  /**
   * Resolves with the head of an answer; whoever asked reads its body.
   *
   * @throws Fault `KUBE_UNREACHABLE`; `CANCELLED` when the signal says so.
   */
  async send({ method, path, headers, body, signal, isWatch }: RawRequest): Promise<http.IncomingMessage> {
    const { authorization, cert, key } = await this.#prove();
    const options: https.RequestOptions = {
      agent: isWatch ? this.#agents.watches : this.#agents.requests,
      method,
      path: `${this.#url.pathname.replace(/\/+$/, '')}${path}`,
      host: this.#url.hostname.replace(/^\[|\]$/g, ''),
      ...(this.#url.port !== '' && { port: this.#url.port }),
      headers: {
        ...this.#connection.headers,
        ...headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
      },
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      signal,
    };
    return this.#exchange(options, body);
  }

  async #exchange(options: https.RequestOptions, body: string | undefined): Promise<http.IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
    const request = (this.#isSecure ? https : http).request(options, resolve);
    request.on('error', (error) => {
      // A server may close a kept connection in the moment in which it is used again: nobody has read the request then.
      const isStale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET';
      if (isStale && options.method === 'GET')
        resolve(this.#exchange({ ...options, agent: false, ...this.#tlsOptions() }, body));
      else reject(unreachableFault(this.#connection.server, error));
    });
    request.end(body);
    return promise;
  }

  /** Ends every connection, also those in use. */
  close(): void {
    this.#agents.requests.destroy();
    this.#agents.watches.destroy();
  }

  #createAgent(maxSockets: number): http.Agent {
    const options = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS, maxSockets };
    return this.#isSecure ? new https.Agent({ ...options, ...this.#tlsOptions() }) : new http.Agent(options);
  }

  get #isSecure(): boolean {
    return this.#url.protocol === 'https:';
  }

  #tlsOptions(): https.AgentOptions {
    const { ca, cert, key, tlsServerName, insecure } = this.#connection;
    return {
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(tlsServerName !== undefined && { servername: tlsServerName }),
      ...(insecure === true && { rejectUnauthorized: false }),
    };
  }

  async #prove(): Promise<Credentials> {
    const { credentials, token } = this.#connection;
    try {
      if (credentials !== undefined) return await credentials();
      return token === undefined ? {} : { authorization: `Bearer ${await token()}` };
    } catch (error) {
      throw unreachableFault(this.#connection.server, error);
    }
  }
}
