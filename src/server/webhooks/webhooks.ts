import { type Clock, systemClock } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { Resource } from '../../kube/resource.ts';
import type { Roots } from '../roots/root-publisher.ts';
import { probeUntilServed } from './validation-probe.ts';
import { listWebhookNames } from './webhook-entry.ts';
import { WebhookKeeper } from './webhook-keeper.ts';

/** What keeping webhooks needs. */
export interface WebhookOptions {
  readonly client: KubeClient;
  /** Who signed the certificate that the webhooks are served with. */
  readonly roots: Roots;
  /** Of the control plane. */
  readonly namespace: string;
  /** `default` for the revision without a name. */
  readonly revision: string;
  readonly clock?: Clock;
}

const ADMISSION = { group: 'admissionregistration.k8s.io', version: 'v1', namespaced: false };
const MUTATING: Resource = {
  ...ADMISSION,
  plural: 'mutatingwebhookconfigurations',
  kind: 'MutatingWebhookConfiguration',
};
const VALIDATING: Resource = {
  ...ADMISSION,
  plural: 'validatingwebhookconfigurations',
  kind: 'ValidatingWebhookConfiguration',
};

const log = createLog('validationController');

/**
 * Keeps the webhooks of injection reachable, its tags' too. Work of every replica.
 * @see istio pkg/webhooks/webhookpatch.go
 */
export function keepInjectionWebhooks({ client, roots, revision }: WebhookOptions, over: AbortSignal): Promise<void> {
  return new WebhookKeeper(
    {
      client,
      roots,
      revision,
      resource: MUTATING,
      isOurs: (name) => name.endsWith('sidecar-injector.istio.io'),
      failsClosed: () => false,
    },
    over,
  ).run();
}

/**
 * Keeps the webhooks of validation reachable, and has objects refused that nobody could look at, once it was seen that they are looked at.
 * Leader's work.
 * @see istio pkg/webhooks/validation/controller/controller.go
 */
export async function keepValidationWebhooks(options: WebhookOptions, over: AbortSignal): Promise<void> {
  const { client, roots, namespace, revision, clock = systemClock } = options;
  let isServed = false;
  const keeper = new WebhookKeeper(
    { client, roots, revision, resource: VALIDATING, isOurs: () => true, failsClosed: () => isServed },
    over,
  );
  const kept = keeper.run();
  await keeper.listed;
  const webhooks = () => keeper.list().flatMap(listWebhookNames);
  isServed = await probeUntilServed({ client, namespace, revision, webhooks, clock }, over);
  if (isServed) {
    log.info({ event: 'validation.ready' }, 'wrong objects are refused; from now on also while nobody answers');
    keeper.refresh();
  }
  await kept;
}
