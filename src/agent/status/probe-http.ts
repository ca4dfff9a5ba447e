import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import http2 from 'node:http2';
import { connect as connectTcp, isIPv6, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { http } from '../builtin.ts';
import type { AppProbe } from '../settings/app-probes.ts';
import type { ProbePlace } from './probe.ts';

type HttpProbe = Extract<AppProbe, { readonly kind: 'http' }>;

/** What is passed back to kubelet. */
export interface HttpProbeAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Kubelet reads no more. */
const BODY_LIMIT = 10 << 10;
const MOST_REDIRECTS = 10;

/** Asks as kubelet would have asked, with kubelet's own headers. @throws Error when no answer came */
export async function probeHttp(
  probe: HttpProbe,
  incoming: IncomingHttpHeaders,
  place: ProbePlace,
): Promise<HttpProbeAnswer> {
  const headers = toHeaders(probe, incoming, place.statusPort);
  const host = isIPv6(place.host) ? `[${place.host}]` : place.host;
  let url = new URL(`${probe.isTls ? 'https' : 'http'}://${host}:${probe.port}${probe.path}`);
  for (let redirects = 0; ; redirects++) {
    const answer = await askOnce(url, headers, { ...place, signal: place.signal });
    if (!isRedirect(answer.status)) return answer;
    const next = answer.location === undefined ? undefined : new URL(answer.location, url);
    // Another host is not the application's to answer for; it has answered, which is what is asked.
    if (next === undefined || next.hostname !== url.hostname) return { status: 200, body: answer.body };
    if (redirects >= MOST_REDIRECTS) throw new Error(`more than ${MOST_REDIRECTS} redirects`);
    url = next;
  }
}

function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** The probe's own headers replace kubelet's; a Host that names our port names the application's then. */
function toHeaders(probe: HttpProbe, incoming: IncomingHttpHeaders, statusPort: number): OutgoingHttpHeaders {
  const { connection: _, host = '', ...others } = incoming;
  const forwarded: OutgoingHttpHeaders = {
    ...others,
    host: host.endsWith(`:${statusPort}`) ? host.replace(/\d+$/, String(probe.port)) : host,
  };
  for (const [name] of probe.headers) delete forwarded[toName(name)];
  for (const [name, value] of probe.headers) {
    const before = forwarded[toName(name)];
    forwarded[toName(name)] = before === undefined ? value : [before, value].flat().map(String);
  }
  return forwarded;
}

function toName(name: string): string {
  const lower = name.toLowerCase();
  return lower === ':authority' ? 'host' : lower;
}

interface RawAnswer extends HttpProbeAnswer {
  readonly location: string | undefined;
}

async function askOnce(url: URL, headers: OutgoingHttpHeaders, place: ProbePlace): Promise<RawAnswer> {
  const socket = await open(url, place);
  try {
    const isHttp2 = 'alpnProtocol' in socket && socket.alpnProtocol === 'h2';
    return await (isHttp2 ? askHttp2 : askHttp1)({ socket, url, headers, signal: place.signal });
  } finally {
    socket.destroy();
  }
}

function open(url: URL, { source, allowsHttp2, signal }: ProbePlace): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const isTls = url.protocol === 'https:';
  const target = {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (isTls ? 443 : 80)),
    localAddress: source,
    signal,
  };
  const protocols = allowsHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'];
  // Kubelet does not know the application's authority either.
  const socket = isTls
    ? connectTls({ ...target, rejectUnauthorized: false, ALPNProtocols: protocols })
    : connectTcp(target);
  socket.once(isTls ? 'secureConnect' : 'connect', () => resolve(socket));
  socket.on('error', reject);
  return promise;
}

interface Exchange {
  readonly socket: Socket;
  readonly url: URL;
  readonly headers: OutgoingHttpHeaders;
  readonly signal: AbortSignal;
}

async function askHttp1({ socket, url, headers, signal }: Exchange): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = http.request({
    createConnection: () => socket,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, connection: 'close' },
    signal,
  });
  request.once('response', resolve);
  request.on('error', reject);
  request.end();
  const response = await promise;
  return { status: response.statusCode ?? 500, location: response.headers.location, body: await readSome(response) };
}

async function askHttp2({ socket, url, headers: { host, ...headers }, signal }: Exchange): Promise<RawAnswer> {
  const session = http2.connect(url.origin, { createConnection: () => socket });
  session.on('error', () => session.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders & { ':status'?: number }>();
  const stream = session.request(
    { ':path': `${url.pathname}${url.search}`, ':authority': String(host), ...headers },
    { signal },
  );
  stream.once('response', resolve);
  stream.on('error', reject);
  stream.end();
  try {
    const answer = await promise;
    return { status: Number(answer[':status'] ?? 500), location: answer.location, body: await readSome(stream) };
  } finally {
    session.destroy();
  }
}

async function readSome(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= BODY_LIMIT) break;
  }
  return Buffer.concat(chunks).subarray(0, BODY_LIMIT);
}
