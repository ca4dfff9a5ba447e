import { aborted } from '../../kit/abort.ts';
import type { BackoffOptions } from '../../kit/backoff.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeFault } from '../../kube/fault.ts';
import type { KubeObject } from '../../kube/object.ts';
import { pathOf, type Resource } from '../../kube/resource.ts';
import { FollowedKind } from '../cluster/followed-kind.ts';
import { RetryQueue } from '../cluster/retry-queue.ts';
import type { Roots } from '../roots/root-publisher.ts';
import { toWebhookPatch, type WebhookWish } from './webhook-entry.ts';

/** Which webhook configurations are kept, and how. */
export interface KeeperOptions {
  readonly client: KubeClient;
  readonly roots: Roots;
  readonly resource: Resource;
  /** Those with this `istio.io/rev`. */
  readonly revision: string;
  isOurs(name: string): boolean;
  failsClosed(): boolean;
  readonly backoff?: BackoffOptions;
}

/** Quick at first, because somebody waits; then often enough. */
const BACKOFF: BackoffOptions = { baseMs: 100, maxMs: 60_000 };

const log = createLog('webhooks');

/** Keeps `caBundle` and `failurePolicy` of webhook configurations right, whoever else changes them. */
export class WebhookKeeper {
  readonly #options: KeeperOptions;
  readonly #over: AbortSignal;
  readonly #queue: RetryQueue;
  readonly #followed: FollowedKind;
  readonly #listed = Promise.withResolvers<void>();

  constructor(options: KeeperOptions, over: AbortSignal) {
    const { client, resource, revision, backoff = BACKOFF } = options;
    this.#options = options;
    this.#over = over;
    this.#queue = new RetryQueue({
      concurrency: 2,
      backoff,
      over,
      run: (name) => this.#reconcile(name),
      onFailure: (err, name, againMs) =>
        log.warn(
          { event: 'webhook.failed', webhook: name, againMs: Math.round(againMs), err },
          `${resource.kind} ${name} could not be brought up to date; tried again later`,
        ),
    });
    this.#followed = new FollowedKind({
      client,
      resources: [resource],
      labelSelector: `istio.io/rev=${revision}`,
      onChange: (name) => this.#queue.add(name),
    });
  }

  /** The configurations that are kept. */
  list(): readonly KubeObject[] {
    return this.#followed.keys().flatMap((name) => this.#followed.find(name) ?? []);
  }

  /** Resolves when those that are there at the start are known, or when it is over. */
  get listed(): Promise<void> {
    return this.#listed.promise;
  }

  /** Looks at all of them again: what they should have may be different. */
  refresh(): void {
    for (const name of this.#followed.keys()) this.#queue.add(name);
  }

  /** Resolves when it is over. */
  async run(): Promise<void> {
    const stop = this.#options.roots.watch(() => this.refresh());
    await Promise.race([this.#followed.start(), aborted(this.#over)]);
    this.#listed.resolve();
    await aborted(this.#over);
    stop();
    await this.#followed.stop();
  }

  async #reconcile(name: string): Promise<void> {
    const { client, resource, roots, isOurs, failsClosed } = this.#options;
    const object = this.#followed.find(name);
    const { pem } = roots.current();
    if (object === undefined || pem === '') return;
    const wish: WebhookWish = { isOurs, caBundle: Buffer.from(pem).toString('base64'), failsClosed: failsClosed() };
    const patch = toWebhookPatch(object, wish);
    if (patch.length === 0) return;
    try {
      await client.patch(pathOf(resource, { name }), patch, { type: 'json', signal: this.#over });
    } catch (error) {
      if (!isKubeFault(error, 404)) throw error;
      return;
    }
    const fields = patch.filter(({ op }) => op === 'add').map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
    log.info(
      { event: 'webhook.patched', webhook: name, fields: [...new Set(fields)].join(',') },
      `${resource.kind} ${name} is up to date`,
    );
  }
}
