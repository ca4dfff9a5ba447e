import { Agent, request } from 'node:https';

/** A request to the API server. */
export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly token?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export type Ask = (question: Question) => Promise<Answer>;

/** Asks a server as whoever `token` says; each request on a connection of its own, so that nothing outlives the server. */
export function createAsk(server: string, ca: string, defaultToken: string): Ask {
  const agent = new Agent({ ca, keepAlive: false });
  return ({ method = 'GET', path, token = defaultToken, body, contentType = 'application/json' }) =>
    new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': contentType }),
      };
      const asked = request(new URL(path, server), { method, headers, agent, timeout: 15_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      asked.on('error', reject);
      asked.on('timeout', () => asked.destroy(new Error(`${method} ${path} had no answer within 15 s`)));
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
