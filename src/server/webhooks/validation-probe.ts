import { createBackoff } from '../../kit/backoff.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeFault } from '../../kube/fault.ts';
import { pathOf, type Resource } from '../../kube/resource.ts';

/** What a probe needs. */
export interface ProbeOptions {
  readonly client: KubeClient;
  /** Of the control plane. */
  readonly namespace: string;
  readonly revision: string;
  /** Names of the webhooks, one of which has to refuse. */
  webhooks(): readonly string[];
  readonly clock: Clock;
}

const GATEWAY: Resource = {
  group: 'networking.istio.io',
  version: 'v1',
  plural: 'gateways',
  kind: 'Gateway',
  namespaced: true,
};
const MAX_MS = 60_000;

const log = createLog('validationController');

/**
 * Resolves with `true` when the API server asks us about objects and heeds the answer: a wrong object, in a dry run, was refused by one of our
 * webhooks. `false` when it is over before.
 * @see istio pkg/webhooks/validation/controller/controller.go `isDryRunOfInvalidConfigRejected`
 */
export async function probeUntilServed(options: ProbeOptions, over: AbortSignal): Promise<boolean> {
  const backoff = createBackoff({ baseMs: 200, maxMs: MAX_MS });
  let told = '';
  while (!over.aborted) {
    const why = await probe(options, over);
    if (over.aborted) return false;
    if (why === undefined) return true;
    if (why !== told) log.info({ event: 'validation.not-ready' }, `the validating webhook is not asked yet: ${why}`);
    told = why;
    await sleep(options.clock, backoff.next(), over).catch(() => undefined);
  }
  return false;
}

/** @returns why it is not ready; `undefined` when it is. */
async function probe({ client, namespace, revision, webhooks }: ProbeOptions, signal: AbortSignal) {
  const names = webhooks();
  if (names.length === 0) return 'it is not registered';
  try {
    await client.request({
      method: 'POST',
      path: pathOf(GATEWAY, { namespace }),
      query: { dryRun: 'All' },
      body: wrongGateway(namespace, revision),
      timeoutMs: 15_000,
      signal,
    });
    return 'a wrong object was let through';
  } catch (error) {
    if (!isKubeFault(error)) return error instanceof Error ? error.message : String(error);
    // Without the kind nothing can be refused, and nothing can be wrong.
    if (error.status === 404) return undefined;
    const isRefused = names.some((name) => error.message.includes(`admission webhook "${name}" denied the request`));
    return isRefused ? undefined : error.message;
  }
}

/** Right by its schema, which the API server checks before it asks anybody; the annotation is what nobody may set. */
function wrongGateway(namespace: string, revision: string): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: {
      name: 'invalid-gateway',
      namespace,
      labels: { 'istio.io/rev': revision },
      annotations: { 'internal.istio.io/webhook-always-reject': 'true' },
    },
    spec: {
      servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['always-refused.example.com'] }],
    },
  };
}
