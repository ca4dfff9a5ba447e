import { toParseContext } from '../../discovery/world/mesh-settings.ts';
import type { ControlPlane } from '../control-plane.ts';
import { createValidation } from '../validation/validation.ts';
import type { WebhookHandler } from './webhook-port.ts';

/** The webhooks of a control plane, by path. */
export function createWebhookHandlers({ world }: Pick<ControlPlane, 'world'>): ReadonlyMap<string, WebhookHandler> {
  const validate = createValidation(() => ({ ...toParseContext(world.snapshot.mesh), nowMs: Date.now() }));
  return new Map([['/validate', validate]]);
}
