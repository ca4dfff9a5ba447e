import type { KubeClient } from '../../src/kube/client.ts';
import { monotonicMs } from '../process/monotonic.ts';

const PATH = '/apis/discovery.k8s.io/v1/endpointslices';

/** When a bystander hears of changes of EndpointSlices: the API server's own delay, which no control plane can undercut. */
export class SliceWatch {
  readonly #over = new AbortController();
  readonly #seenMs = new Map<string, number>();

  /** Resolves when the server has taken the watch. */
  static async start(client: KubeClient): Promise<SliceWatch> {
    const watch = new SliceWatch();
    await watch.#open(client);
    return watch;
  }

  /** When a slice with this address was told of, in monotonic milliseconds. */
  seenMs(address: string): number | undefined {
    return this.#seenMs.get(address);
  }

  stop(): void {
    this.#over.abort();
  }

  async #open(client: KubeClient): Promise<void> {
    let resourceVersion = '';
    for await (const page of client.listPages(PATH, { limit: 0, metadataOnly: true }))
      resourceVersion = page.resourceVersion;
    const opened = Promise.withResolvers<void>();
    const { signal } = this.#over;
    const events = client.watch(PATH, { resourceVersion, timeoutSeconds: 3600, signal, onOpen: opened.resolve });
    void this.#follow(events).catch(opened.reject);
    await opened.promise;
  }

  async #follow(events: ReturnType<KubeClient['watch']>): Promise<void> {
    try {
      for await (const event of events) {
        const nowMs = monotonicMs();
        if (event.type === 'BOOKMARK') continue;
        for (const address of listAddresses(event.object.endpoints)) {
          if (!this.#seenMs.has(address)) this.#seenMs.set(address, nowMs);
        }
      }
    } catch (error) {
      if (!this.#over.signal.aborted) throw error;
    }
  }
}

function listAddresses(endpoints: unknown): readonly string[] {
  if (!Array.isArray(endpoints)) return [];
  return endpoints.flatMap((endpoint: { readonly addresses?: readonly string[] }) => endpoint.addresses ?? []);
}
