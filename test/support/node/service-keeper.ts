import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Cluster } from '../cluster/cluster.ts';
import type { Hand } from './hand-client.ts';
import { NODE_IP } from './pod-network.ts';
import type { PodObject } from './pod-object.ts';
import {
  type BackedService,
  formatServiceRules,
  type ServiceObject,
  toEndpointSlice,
  toServiceNames,
} from './service-rules.ts';

/** Services that the node itself serves, on its own address. */
const OWN = new Set(['istio-system/istiod', 'kube-system/kube-dns']);

/**
 * What a cluster does about services without being asked: slices for the pods behind them, addresses that lead there, names for both. Here it
 * is done when a test or the node says `sync`.
 */
export class ServiceKeeper {
  readonly #cluster: Cluster;
  readonly #hand: Hand;
  readonly #namespace: string;
  #queue: Promise<void> = Promise.resolve();

  /** @param hand In the network of the node, whose namespace has this name */
  constructor(cluster: Cluster, hand: Hand, namespace: string) {
    this.#cluster = cluster;
    this.#hand = hand;
    this.#namespace = namespace;
  }

  /** Resolves when slices, rules and names are what services and pods ask for. */
  sync(): Promise<void> {
    this.#queue = this.#queue.catch(() => undefined).then(() => this.#sync());
    return this.#queue;
  }

  async #sync(): Promise<void> {
    const [services, pods] = await Promise.all([this.#list<ServiceObject>('services'), this.#list<PodObject>('pods')]);
    const backed = await Promise.all(services.map((service) => this.#back(service, pods)));
    await this.#restore(formatServiceRules(backed));
    await this.#hand.tell({ do: 'names', host: NODE_IP, names: toServiceNames(backed) });
  }

  async #back(service: ServiceObject, pods: readonly PodObject[]): Promise<BackedService> {
    const { name, namespace } = service.metadata;
    if (OWN.has(`${namespace}/${name}`)) return { service, addresses: [NODE_IP] };
    const { selector } = service.spec;
    if (selector === undefined) return { service, addresses: [] };
    const endpoints = pods
      .filter(({ metadata }) => metadata.namespace === namespace && isSelected(metadata.labels, selector))
      .flatMap(({ metadata, status }) =>
        status?.podIP === undefined
          ? []
          : [
              {
                ip: status.podIP,
                pod: metadata.name,
                serving: isReady(status.conditions),
                terminating: metadata.deletionTimestamp !== undefined,
              },
            ],
      );
    await this.#write(toEndpointSlice(service, endpoints), namespace, `${name}-node`);
    return {
      service,
      addresses: endpoints.filter(({ serving, terminating }) => serving && !terminating).map(({ ip }) => ip),
    };
  }

  async #write(slice: object, namespace: string, name: string): Promise<void> {
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}?fieldManager=node&force=true`;
    const contentType = 'application/apply-patch+yaml';
    const { status, body } = await this.#cluster.ask({ method: 'PATCH', path, body: slice, contentType });
    if (status >= 300) throw new Error(`endpoints of ${namespace}/${name}: ${status} ${body}`);
  }

  async #list<T>(plural: string): Promise<readonly T[]> {
    const { body } = await this.#cluster.ask({ path: `/api/v1/${plural}` });
    const { items }: { items: readonly T[] } = JSON.parse(body);
    return items;
  }

  async #restore(text: string): Promise<void> {
    const restored = promisify(execFile)('ip', ['netns', 'exec', this.#namespace, 'iptables-restore']);
    restored.child.stdin?.end(text);
    await restored;
  }
}

function isSelected(
  labels: Readonly<Record<string, string>> = {},
  selector: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function isReady(conditions: readonly { type: string; status: string }[] = []): boolean {
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
