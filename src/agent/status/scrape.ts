import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { http } from '../builtin.ts';

/** What a scrape of somebody else's metrics is made with. */
export interface ScrapeRequest {
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Asks on this pod's loopback. Resolves when the answer begins. @throws Error when it does not, or is none */
export function scrape({ port, path, headers, signal }: ScrapeRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = http.request({ host: 'localhost', port, path, headers, signal, agent: false }, (response) => {
    if (response.statusCode === 200) {
      resolve(response);
      return;
    }
    response.resume();
    reject(new Error(`status ${response.statusCode}`));
  });
  request.on('error', reject);
  request.end();
  return promise;
}

/** All of an answer. @throws Error when it is larger than `limit` bytes, or breaks off */
export async function readWhole(answer: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    size += chunk.length;
    if (size > limit) {
      answer.destroy();
      throw new Error(`more than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const LONGEST_WAIT_MS = 10_000;

/** How long the scraper waits for all of it, as it says; some time less than that, so that a part is missing and not the whole. */
export function toScrapeTimeoutMs(headers: IncomingHttpHeaders): number {
  const seconds = Number(headers['x-prometheus-scrape-timeout-seconds']);
  return seconds > 0 ? Math.min(seconds * 900, LONGEST_WAIT_MS * 6) : LONGEST_WAIT_MS;
}

/** What of a scraper's headers goes on. Binary forms are left out: they cannot be put behind a text. */
export function toForwardedHeaders(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  const accept = headers.accept
    ?.split(',')
    .filter((item) => !item.includes('protobuf'))
    .join(',');
  const timeout = headers['x-prometheus-scrape-timeout-seconds'];
  return {
    ...(accept && { accept }),
    ...(headers['user-agent'] && { 'user-agent': headers['user-agent'] }),
    ...(typeof timeout === 'string' && { 'x-prometheus-scrape-timeout-seconds': timeout }),
  };
}
