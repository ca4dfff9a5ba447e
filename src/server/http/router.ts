import type { IncomingMessage, ServerResponse } from 'node:http';

/** What a handler may look at of a request. */
export interface Request {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly method: string;
  /** The peer's IP address. */
  readonly peer: string;
  /** The Host header: whom the peer believes to be talking to. */
  readonly host: string;
  /** The header `authorization`; absent when it was not sent. */
  readonly authorization?: string;
  /** The header `content-type`; absent when it was not sent. */
  readonly contentType?: string;
  /** @param maxBytes How long it may be; a mebibyte when absent. */
  body(maxBytes?: number): Promise<string>;
}

/** An answer; `json` is printed indented when the request says `?pretty`, as istiod does. */
export type Reply =
  | { readonly kind: 'text'; readonly status: number; readonly body: string; readonly type?: string }
  | { readonly kind: 'json'; readonly value: unknown; readonly status?: number };

export type Handler = (request: Request) => Reply | Promise<Reply>;

/** Paths and who answers them. A path that ends in `/` answers everything below it that nobody else does. */
export type Routes = ReadonlyMap<string, Handler>;

/** The longest body that is read, in bytes. */
const MAX_BODY_BYTES = 1 << 20;

/** Answers one request by `routes`; unknown paths get 404. Never throws: a handler that does is answered with 500. */
export async function serve(routes: Routes, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = '/', search = ''] = (message.url ?? '/').replace(/^\/+/, '/').split('?', 2);
  const query = new URLSearchParams(search);
  const reply = await answer(routes, {
    path,
    query,
    method: message.method ?? 'GET',
    peer: message.socket.remoteAddress ?? '',
    host: message.headers.host ?? '',
    ...(message.headers.authorization !== undefined && { authorization: message.headers.authorization }),
    ...(message.headers['content-type'] !== undefined && { contentType: message.headers['content-type'] }),
    body: (maxBytes) => readBody(message, maxBytes),
  }).catch((error: unknown): Reply => ({ kind: 'text', status: 500, body: `${String(error)}\n` }));
  send(reply, query.has('pretty'), response);
}

async function answer(routes: Routes, request: Request): Promise<Reply> {
  const handler = routes.get(request.path) ?? findPrefix(routes, request.path);
  return handler === undefined ? { kind: 'text', status: 404, body: '404 page not found\n' } : handler(request);
}

/** Routes are few, and paths as long as strangers like: what is gone through is the routes. */
function findPrefix(routes: Routes, path: string): Handler | undefined {
  let longest = '';
  for (const prefix of routes.keys()) {
    if (prefix.endsWith('/') && prefix.length > longest.length && path.startsWith(prefix)) longest = prefix;
  }
  return routes.get(longest);
}

function send(reply: Reply, pretty: boolean, response: ServerResponse): void {
  const body =
    reply.kind === 'text' ? reply.body : `${JSON.stringify(reply.value, undefined, pretty ? 2 : undefined)}\n`;
  const type = reply.kind === 'text' ? (reply.type ?? 'text/plain; charset=utf-8') : 'application/json';
  response.writeHead(reply.status ?? 200, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function readBody(message: IncomingMessage, maxBytes: number = MAX_BODY_BYTES): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`a body may not be longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
