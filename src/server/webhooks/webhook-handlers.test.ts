import { expect, it } from 'vitest';
import { toWebhookRoutes } from './webhook-handlers.ts';
import { MAX_BODY_BYTES, type WebhookRequest } from './webhook-port.ts';

it('passes a webhook what it needs of a plain request, the whole of a large one too', async () => {
  const asked: WebhookRequest[] = [];
  const routes = toWebhookRoutes(
    new Map([
      [
        '/inject/',
        (request: WebhookRequest) => {
          asked.push(request);
          return { kind: 'json' as const, value: {} };
        },
      ],
    ]),
  );
  const limits: unknown[] = [];
  const reply = await routes.get('/inject/')?.({
    path: '/inject/net/n1',
    query: new URLSearchParams(),
    method: 'POST',
    peer: '127.0.0.1',
    host: 'localhost',
    contentType: 'application/json',
    body: async (maxBytes) => {
      limits.push(maxBytes);
      return '{}';
    },
  });
  expect([reply, asked, limits]).toEqual([
    { kind: 'json', value: {} },
    [{ path: '/inject/net/n1', contentType: 'application/json', body: '{}' }],
    [MAX_BODY_BYTES],
  ]);
});
