import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type Server as NetServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';

/** A request as it reached an upstream. */
export interface Arrival {
  readonly path: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** The server name that the client asked for; absent without TLS. */
  readonly sni?: string;
  /** SHA-256 of the certificate that the client showed. */
  readonly clientFingerprint?: string;
}

/** How an upstream speaks TLS. All PEM. */
export interface UpstreamTls {
  readonly certificate: string;
  readonly key: string;
  /** Lets in only clients whose certificate one of these signed. */
  readonly clientRoots?: string;
}

/** What an upstream does with its next requests; what is absent, it does at once and well. */
export interface Behaviour {
  readonly delayMs?: number;
  /** Answers so many requests with this status before it does well again. */
  readonly fail?: { readonly status: number; readonly times: number };
}

/** A small HTTP server on loopback that tells its name and remembers who called. */
export class Upstream {
  readonly name: string;
  readonly arrivals: Arrival[] = [];
  readonly #server: Server | ReturnType<typeof createTlsServer>;
  #behaviour: Behaviour = {};
  #failures = 0;

  private constructor(name: string, tls?: UpstreamTls) {
    this.name = name;
    const listener: RequestListener = (request, response) => void this.#answer(request, response);
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(toServerOptions(tls), listener);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url: path = '', method = '', headers, socket } = request;
    this.arrivals.push({ path, method, headers, ...toTlsFacts(socket) });
    const { delayMs, fail } = this.#behaviour;
    if (delayMs !== undefined) await delay(delayMs);
    const fails = fail !== undefined && this.#failures++ < fail.times;
    response.writeHead(fails ? fail.status : 200, { 'content-length': this.name.length });
    response.end(this.name);
  }

  static async start(name: string, tls?: UpstreamTls): Promise<Upstream> {
    const upstream = new Upstream(name, tls);
    await new Promise<void>((resolve) => upstream.#server.listen(0, '127.0.0.1', resolve));
    return upstream;
  }

  get port(): number {
    return portOf(this.#server);
  }

  /** From now on; forgets who called before. */
  behave(behaviour: Behaviour): void {
    this.#behaviour = behaviour;
    this.#failures = 0;
    this.arrivals.length = 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A TCP server on loopback that says its name to everybody and hangs up. */
export async function startTcpUpstream(name: string): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined);
    socket.end(name);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: portOf(server),
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function toServerOptions({ certificate, key, clientRoots }: UpstreamTls) {
  return { cert: certificate, key, ...(clientRoots !== undefined && { requestCert: true, ca: clientRoots }) };
}

function toTlsFacts(socket: Socket): Pick<Arrival, 'sni' | 'clientFingerprint'> {
  if (!(socket instanceof TLSSocket)) return {};
  const sni = socket.servername;
  const clientFingerprint = socket.getPeerCertificate()?.fingerprint256;
  return {
    ...(typeof sni === 'string' && { sni }),
    ...(clientFingerprint !== undefined && { clientFingerprint }),
  };
}

function portOf(server: { address(): ReturnType<NetServer['address']> }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen');
  return address.port;
}
