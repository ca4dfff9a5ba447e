import { type Clock, systemClock } from '../kit/clock.ts';
import type { KubeClient } from '../kube/client.ts';
import { isRecord, type KubeObject } from '../kube/object.ts';
import { pathOf, type Resource } from '../kube/resource.ts';
import type { PodLookup, PodPlace } from './impersonation.ts';

interface NodeAccounts {
  readonly accounts: Promise<ReadonlySet<string>>;
  readonly untilMs: number;
}

const PODS: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
/** A node agent that starts asks for every identity of its node at once: one list answers them all. */
const REMEMBERED_MS = 1000;

/** Asks an API server for pods, only when a node agent wants to speak for one. */
export class KubePods implements PodLookup {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, NodeAccounts>();

  constructor(client: KubeClient, clock: Clock = systemClock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** One pod. */
  async findPod(namespace: string, name: string): Promise<PodPlace | undefined> {
    const found = await this.#client.get(pathOf(PODS, { namespace, name }));
    return found === undefined || isFailed(found) ? undefined : toPlace(found);
  }

  /** Answers from a list of the node's pods that is at most a second old. */
  async hasPod(node: string, namespace: string, serviceAccount: string): Promise<boolean> {
    const now = this.#clock.now();
    for (const [name, { untilMs }] of this.#nodes) if (untilMs <= now) this.#nodes.delete(name);
    const known = this.#nodes.get(node) ?? { accounts: this.#listAccounts(node), untilMs: now + REMEMBERED_MS };
    this.#nodes.set(node, known);
    known.accounts.catch(() => this.#nodes.delete(node));
    return (await known.accounts).has(`${namespace}/${serviceAccount}`);
  }

  async #listAccounts(node: string): Promise<ReadonlySet<string>> {
    const accounts = new Set<string>();
    const fieldSelector = `spec.nodeName=${node},status.phase!=Failed`;
    for await (const { items } of this.#client.listPages(pathOf(PODS), { fieldSelector }))
      for (const pod of items.map(toPlace)) accounts.add(`${pod.namespace}/${pod.serviceAccount}`);
    return accounts;
  }
}

function toPlace({ metadata, spec }: KubeObject): PodPlace {
  const { serviceAccountName, nodeName } = isRecord(spec) ? spec : {};
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid ?? '',
    serviceAccount: typeof serviceAccountName === 'string' ? serviceAccountName : '',
    node: typeof nodeName === 'string' ? nodeName : '',
  };
}

function isFailed({ status }: KubeObject): boolean {
  return isRecord(status) && status.phase === 'Failed';
}
