import { createSocket } from 'node:dgram';
import { connect, isIPv6 } from 'node:net';
import type { Counter, Histogram } from '../metrics/metric.ts';
import { isAnswerTo, type Query } from './message.ts';
import { frame, readFramed } from './tcp-frame.ts';

/** How a question travels. */
export type Transport = 'udp' | 'tcp';

/** A name server. */
export interface NameServer {
  readonly host: string;
  readonly port: number;
}

export interface UpstreamOptions {
  readonly servers: readonly NameServer[];
  /** Whether all are asked at once, and the first answer counts. */
  readonly isParallel: boolean;
  /** For each server. Milliseconds. */
  readonly timeoutMs: number;
  readonly metrics: {
    readonly dnsUpstreamRequests: Counter;
    readonly dnsUpstreamFailures: Counter;
    readonly dnsUpstreamSeconds: Histogram;
  };
}

/** Questions that wait for name servers at once; more are an application gone wild, and each has a socket. */
const MOST_WAITING = 1024;

/** Asks the name servers that this machine would ask, in the words of the client. */
export class Upstream {
  readonly #options: UpstreamOptions;
  #waiting = 0;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  /** The answer as it came; nothing when no server gave one. */
  async ask(query: Query, bytes: Buffer, transport: Transport): Promise<Buffer | undefined> {
    const { metrics } = this.#options;
    if (this.#waiting >= MOST_WAITING) return undefined;
    this.#waiting++;
    metrics.dnsUpstreamRequests.increment();
    const start = performance.now();
    try {
      const answer = await this.#askServers({ query, bytes, transport });
      if (answer === undefined) metrics.dnsUpstreamFailures.increment();
      else metrics.dnsUpstreamSeconds.observe((performance.now() - start) / 1000);
      return answer;
    } finally {
      this.#waiting--;
    }
  }

  async #askServers(question: Question): Promise<Buffer | undefined> {
    const { servers, isParallel, timeoutMs } = this.#options;
    const ended = new AbortController();
    const askOne = (server: NameServer) =>
      exchange(server, question, AbortSignal.any([ended.signal, AbortSignal.timeout(timeoutMs)]));
    try {
      if (isParallel) return await Promise.any(servers.map(askOne)).catch(() => undefined);
      for (const server of servers) {
        const answer = await askOne(server).catch(() => undefined);
        if (answer !== undefined) return answer;
      }
      return undefined;
    } finally {
      ended.abort();
    }
  }
}

interface Question {
  readonly query: Query;
  readonly bytes: Buffer;
  readonly transport: Transport;
}

function exchange(server: NameServer, question: Question, signal: AbortSignal): Promise<Buffer> {
  return question.transport === 'udp' ? exchangeUdp(server, question, signal) : exchangeTcp(server, question, signal);
}

/** A socket of its own, thus a port of its own, and only from the server: answers are hard to forge. */
function exchangeUdp({ host, port }: NameServer, { query, bytes }: Question, signal: AbortSignal): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('error', reject);
  socket.on('message', (answer) => {
    if (isAnswerTo(query, answer)) resolve(answer);
  });
  socket.connect(port, host, () => socket.send(bytes));
  if (signal.aborted) onAbort();
  return promise.finally(() => {
    signal.removeEventListener('abort', onAbort);
    socket.close();
  });
}

async function exchangeTcp(
  { host, port }: NameServer,
  { query, bytes }: Question,
  signal: AbortSignal,
): Promise<Buffer> {
  const socket = connect({ host, port, signal });
  try {
    socket.on('error', () => undefined);
    socket.write(frame(bytes));
    for await (const answer of readFramed(socket)) if (isAnswerTo(query, answer)) return answer;
    throw new Error(`${host} gave no answer`);
  } finally {
    socket.destroy();
  }
}
