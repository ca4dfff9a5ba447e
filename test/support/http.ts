import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpQuestion {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
  /** Milliseconds for the whole exchange; 15,000 when absent. */
  readonly timeoutMs?: number;
  /** Keeps and shares connections; by default every request opens one of its own. */
  readonly agent?: Agent;
}

/**
 * One HTTP request. Unlike `fetch` it sends the Host header that it is given, and follows no redirect.
 * @throws Error when no complete answer came.
 */
export function ask(url: string, question: HttpQuestion = {}): Promise<HttpAnswer> {
  const { method = 'GET', headers = {}, body, timeoutMs = 15_000, agent } = question;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const req = request(url, { method, headers, signal, agent: agent ?? new Agent({ keepAlive: false }) }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}
