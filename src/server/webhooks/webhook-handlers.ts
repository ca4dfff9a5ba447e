import { toParseContext } from '../../discovery/world/mesh-settings.ts';
import type { ControlPlane } from '../control-plane.ts';
import { createValidation } from '../validation/validation.ts';
import type { Handler, Routes } from '../http/router.ts';
import { MAX_BODY_BYTES, type WebhookHandler } from './webhook-port.ts';

/** What the webhooks of a control plane are made of. */
export interface HandlersInput {
  readonly plane: Pick<ControlPlane, 'world'>;
  /** Absent where nothing is injected: then nobody answers there. */
  readonly injection?: WebhookHandler | undefined;
}

/** The webhooks of a control plane, by path. */
export function createWebhookHandlers({ plane, injection }: HandlersInput): ReadonlyMap<string, WebhookHandler> {
  const { world } = plane;
  const validate = createValidation(() => ({ ...toParseContext(world.snapshot.mesh), nowMs: Date.now() }));
  const handlers = new Map<string, WebhookHandler>([['/validate', validate]]);
  // Below it, the path says of which cluster and network the pods are.
  if (injection !== undefined) handlers.set('/inject', injection).set('/inject/', injection);
  return handlers;
}

/** The same for a port without TLS: where somebody else ends it, as in front of a control plane that no API server calls directly. */
export function toWebhookRoutes(handlers: ReadonlyMap<string, WebhookHandler>): Routes {
  const toHandler =
    (handler: WebhookHandler): Handler =>
    async ({ path, contentType = '', body }) =>
      handler({ path, contentType, body: await body(MAX_BODY_BYTES) });
  return new Map([...handlers].map(([path, handler]) => [path, toHandler(handler)]));
}
