import { toParseContext } from '../../discovery/world/mesh-settings.ts';
import type { ControlPlane } from '../control-plane.ts';
import { createValidation } from '../validation/validation.ts';
import type { WebhookHandler } from './webhook-port.ts';

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
