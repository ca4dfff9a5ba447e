import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Validation } from '../../src/server/validation/validation.ts';
import { createCertificate } from './certificate.ts';

/** A server of webhooks on loopback, as API servers reach one by URL. */
export interface AdmissionServer {
  readonly url: string;
  /** PEM: whom to trust to be it. */
  readonly ca: string;
  stop(): Promise<void>;
}

/** Serves `validation` over TLS, on a port of its own. */
export async function startAdmissionServer(validation: Validation): Promise<AdmissionServer> {
  const { certificate, key } = createCertificate({ names: ['localhost'] });
  const server = createServer({ cert: certificate, key }, async (message, response) => {
    const reply = validation({ contentType: message.headers['content-type'] ?? '', body: await text(message) });
    response.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
    response.end(reply.kind === 'json' ? JSON.stringify(reply.value) : reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `https://localhost:${port}/validate`,
    ca: certificate,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
