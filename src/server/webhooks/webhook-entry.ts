import { isRecord, type KubeObject } from '../../kube/object.ts';

/** What a webhook is to have. */
export interface WebhookWish {
  /** Whether this entry is ours to change. */
  isOurs(name: string): boolean;
  /** Base64 of PEM: whom the API server trusts to be the webhook. */
  readonly caBundle: string;
  /** Whether requests are refused that the webhook does not answer. It is never taken back. */
  readonly failsClosed: boolean;
}

/** One step of a JSON patch. */
export type PatchStep = {
  readonly op: 'test' | 'add';
  readonly path: string;
  readonly value: unknown;
};

/** The names of a configuration's webhooks, in their order. */
export function listWebhookNames({ webhooks }: KubeObject): readonly string[] {
  if (!Array.isArray(webhooks)) return [];
  return webhooks.map((entry: unknown) => (isRecord(entry) && typeof entry.name === 'string' ? entry.name : ''));
}

/**
 * What is to be changed in a webhook configuration; empty when nothing is. Entries are named by their position, so the patch tests that they are
 * still the ones that were looked at.
 */
export function toWebhookPatch(object: KubeObject, wish: WebhookWish): readonly PatchStep[] {
  const { webhooks } = object;
  if (!Array.isArray(webhooks)) return [];
  return webhooks.flatMap((entry: unknown, i) => (isRecord(entry) ? toSteps(entry, `/webhooks/${i}`, wish) : []));
}

function toSteps(
  { name, clientConfig, failurePolicy }: Readonly<Record<string, unknown>>,
  at: string,
  { isOurs, caBundle, failsClosed }: WebhookWish,
): readonly PatchStep[] {
  if (typeof name !== 'string' || !isOurs(name)) return [];
  const held = isRecord(clientConfig) ? clientConfig.caBundle : undefined;
  const steps: PatchStep[] = [];
  if (held !== caBundle) steps.push({ op: 'add', path: `${at}/clientConfig/caBundle`, value: caBundle });
  if (failsClosed && failurePolicy !== 'Fail') steps.push({ op: 'add', path: `${at}/failurePolicy`, value: 'Fail' });
  return steps.length === 0 ? [] : [{ op: 'test', path: `${at}/name`, value: name }, ...steps];
}
