// The little that the four services share: an HTTP server, and a client that calls through the sidecar.
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';

/** Who this process is, from its environment. */
export interface Workload {
  /** `reviews` */
  readonly app: string;
  /** `v2` */
  readonly version: string;
  /** `reviews-v2`: what a pod would be called. */
  readonly pod: string;
}

/** What a route gets to see of a request. */
export interface Call {
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON, a string as HTML. */
  readonly body?: object | string;
}

/** Answers one path; `/reviews/` answers every path that begins so. */
export type Routes = Readonly<Record<string, (call: Call) => Reply | Promise<Reply>>>;

export function workloadOf(app: string): Workload {
  const version = process.env.VERSION ?? 'v1';
  return { app, version, pod: process.env.POD ?? `${app}-${version}` };
}

/** Serves the routes and `/health` on 127.0.0.1:$PORT until SIGTERM. */
export function serve(workload: Workload, routes: Routes): void {
  let requests = 0;
  const all: Routes = {
    ...routes,
    '/health': () => ({ body: { status: 'ok', ...workload, requests } }),
  };
  const server = createServer(async (incoming, outgoing) => {
    const started = performance.now();
    if (incoming.url !== '/health') requests += 1;
    const reply = await answer(all, incoming);
    send(outgoing, { ...reply, headers: { 'x-served-by': workload.pod, ...reply.headers } });
    const ms = (performance.now() - started).toFixed(1);
    const user = incoming.headers['end-user'] ?? '-';
    say(`${incoming.method} ${incoming.url} ${outgoing.statusCode} ${ms}ms end-user=${user}`);
  });
  // Envoy keeps connections and closes them when it likes. Were the server to close an idle one first, a request that
  // is just on its way would be lost.
  server.keepAliveTimeout = 0;
  const port = Number(process.env.PORT ?? 9080);
  server.listen(port, '127.0.0.1', () => say(`${workload.pod} listens on 127.0.0.1:${port}`));
  process.once('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
  });
}

/** One line in this process's log. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function readCall(incoming: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  return { url, headers: incoming.headers, body: Buffer.concat(chunks).toString('utf8') };
}

async function answer(routes: Routes, incoming: IncomingMessage): Promise<Reply> {
  try {
    const call = await readCall(incoming);
    const route = findRoute(routes, call.url.pathname);
    return route === undefined
      ? { status: 404, body: { error: `there is nothing at ${call.url.pathname}` } }
      : await route(call);
  } catch (err) {
    say(err instanceof Error ? (err.stack ?? err.message) : String(err));
    return { status: 500, body: { error: 'something broke here' } };
  }
}

function findRoute(routes: Routes, path: string): Routes[string] | undefined {
  const key = Object.keys(routes).find(
    (route) => path === route || (route.length > 1 && route.endsWith('/') && path.startsWith(route)),
  );
  return key === undefined ? undefined : routes[key];
}

function send(outgoing: ServerResponse, { status = 200, headers = {}, body = '' }: Reply): void {
  const isHtml = typeof body === 'string';
  const type = isHtml ? 'text/html; charset=utf-8' : 'application/json';
  outgoing.writeHead(status, { 'content-type': type, ...headers });
  outgoing.end(isHtml ? body : `${JSON.stringify(body)}\n`);
}

/** What another service answered. `error` says why there is no data. */
export type Answer =
  | { readonly ok: true; readonly data: unknown; readonly servedBy: string }
  | { readonly ok: false; readonly error: string };

/**
 * Asks another service of the mesh, by name: `ask('ratings:9080', '/ratings/0', call.headers)`.
 *
 * The request goes to the sidecar ($MESH), the name goes into the Host header, and the sidecar does the rest. `headers`
 * are the caller's: those that traces and routes depend on are handed on, because no proxy can know which of our calls
 * belongs to which of our callers.
 */
export async function ask(service: string, path: string, headers: IncomingHttpHeaders): Promise<Answer> {
  try {
    const { status, body, servedBy } = await get(service, path, handOn(headers));
    if (status !== 200) return { ok: false, error: `${service} answered ${status}` };
    return { ok: true, data: JSON.parse(body), servedBy };
  } catch (err) {
    return { ok: false, error: err instanceof Error ? err.message : String(err) };
  }
}

const agent = new Agent({ keepAlive: true });

function get(
  host: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: string; servedBy: string }> {
  return new Promise((resolve, reject) => {
    const url = `${process.env.MESH ?? 'http://127.0.0.1:9080'}${path}`;
    const outgoing = request(url, { agent, headers: { ...headers, host } }, (incoming) => {
      let body = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (text: string) => {
        body += text;
      });
      incoming.on('error', reject);
      incoming.on('end', () => {
        const servedBy = incoming.headers['x-served-by'];
        resolve({ status: incoming.statusCode ?? 0, body, servedBy: typeof servedBy === 'string' ? servedBy : '' });
      });
    });
    outgoing.on('error', (err: NodeJS.ErrnoException) => {
      // A kept connection may be gone, because its proxy was restarted; the request never got anywhere.
      if (outgoing.reusedSocket && err.code === 'ECONNRESET') resolve(get(host, path, headers));
      else reject(err);
    });
    outgoing.end();
  });
}

const HANDED_ON = /^(end-user|x-request-id|traceparent|tracestate|b3|x-b3-.+)$/;

function handOn(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      HANDED_ON.test(name) && typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}
