import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeConnection } from '../../../src/kube/connection.ts';

/** A request as a script sees it. */
export interface ScriptedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

/** What a script answers with. */
export type Script = (request: ScriptedRequest, answer: ScriptedAnswer) => void | Promise<void>;

/** How a script answers. */
export interface ScriptedAnswer {
  /** A whole body of JSON. */
  json(status: number, body: unknown, headers?: Readonly<Record<string, string>>): void;
  /** A list; the continue token makes it a page. */
  list(resourceVersion: string, items: readonly object[], next?: string): void;
  /** A refusal as API servers write them. */
  refuse(status: number, reason: string, headers?: Readonly<Record<string, string>>): void;
  /** One event of a watch, which stays open. */
  event(type: string, object: object): void;
  /** Takes the watch, before anything happens. */
  open(): void;
  end(): void;
  /** Breaks the connection. */
  destroy(): void;
  /** Text as it is. */
  write(text: string): void;
}

/**
 * A server that does what a script says: for corners of the protocol that a real API server cannot be brought to on demand. What can be had from
 * a real one is tested in `test/cluster`.
 */
export class ScriptedServer {
  readonly requests: ScriptedRequest[] = [];
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  #script: Script = (_, answer) => answer.refuse(404, 'NotFound');

  /** What is answered from now on. */
  script(script: Script): void {
    this.#script = script;
  }

  async start(): Promise<KubeConnection> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return { server: `http://127.0.0.1:${this.#port}`, namespace: 'default' };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get #port(): number {
    return toPort(this.#server.address());
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1');
    const scripted = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
    };
    this.requests.push(scripted);
    request.resume();
    await this.#script(scripted, createAnswer(response));
  }
}

function toPort(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function createAnswer(response: ServerResponse): ScriptedAnswer {
  const open = () => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
  };
  const json: ScriptedAnswer['json'] = (status, body, headers = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
  const write = (text: string) => {
    open();
    response.write(text);
  };
  return {
    json,
    list: (resourceVersion, items, next) =>
      json(200, { kind: 'List', metadata: { resourceVersion, ...(next && { continue: next }) }, items }),
    refuse: (status, reason, headers) =>
      json(status, { kind: 'Status', status: 'Failure', code: status, reason, message: `it is ${reason}` }, headers),
    event: (type, object) => write(`${JSON.stringify({ type, object })}\n`),
    open,
    end: () => response.end(),
    destroy: () => response.destroy(),
    write,
  };
}
