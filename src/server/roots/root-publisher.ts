import { aborted } from '../../kit/abort.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeFault } from '../../kube/fault.ts';
import type { KubeObject } from '../../kube/object.ts';
import { pathOf, type Resource } from '../../kube/resource.ts';
import { isMatchedBy, type LabelSelector } from '../../model/label-selector.ts';
import { FollowedKind } from '../cluster/followed-kind.ts';
import { RetryQueue } from '../cluster/retry-queue.ts';
import {
  CONFIG_MAP,
  type PublishedMap,
  ROOT_CERTIFICATES,
  toConfigMap,
  toRepair,
  trimConfigMap,
} from './root-config-map.ts';

/** The roots that workloads are to trust. */
export interface Roots {
  /** PEM; empty while there are none. */
  current(): { readonly pem: string };
  /** Calls `tell` after each change; the answer ends that. */
  watch(tell: () => void): () => void;
}

/** A text that is published, as it is now. */
export interface PublishedText {
  readonly map: PublishedMap;
  /** `undefined` while there is none. */
  current(): string | undefined;
  /** Calls `tell` after each change; the answer ends that. */
  watch(tell: () => void): () => void;
}

/** Which namespaces the mesh sees. */
export interface NamespaceScope {
  /** Without any, all. */
  selectors(): readonly LabelSelector[];
  /** Calls `tell` when the selectors may have changed; the answer ends that. */
  watch(tell: () => void): () => void;
}

/** What publishing needs. */
export interface RootPublisherOptions {
  readonly client: KubeClient;
  readonly texts: readonly PublishedText[];
  readonly scope: NamespaceScope;
}

/** Nobody runs workloads of a mesh there. In kube-system, CNI plugins and node agents do. */
const IGNORED: ReadonlySet<string> = new Set(['kube-public', 'kube-node-lease', 'local-path-storage']);
const NAMESPACE: Resource = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false };
/** A few at a time: a new root in 10,000 namespaces must not be felt by others. */
const CONCURRENCY = 4;
const PER_SECOND = 50;

const log = createLog('namespace-controller');

/**
 * Keeps ConfigMaps (`istio-ca-root-cert`, `istio-ca-crl`) in every namespace of the mesh: makes them, and mends what was changed or deleted.
 * Leader's work.
 * @see istio pilot/pkg/serviceregistry/kube/controller/namespacecontroller.go
 */
export async function publishRoots({ client, texts, scope }: RootPublisherOptions, over: AbortSignal): Promise<void> {
  const queue = new RetryQueue({
    concurrency: CONCURRENCY,
    perSecond: PER_SECOND,
    backoff: { baseMs: 500, maxMs: 60_000 },
    over,
    run: (namespace) => reconcile(namespace),
    onFailure: (err, namespace, againMs) =>
      log.warn(
        { event: 'roots.failed', namespace, againMs: Math.round(againMs), err },
        `roots and revocations could not be written to namespace ${namespace}; tried again later`,
      ),
  });
  const namespaces = new FollowedKind({
    client,
    resources: [NAMESPACE],
    metadataOnly: true,
    trim: trimNamespace,
    onChange: (namespace) => queue.add(namespace),
  });
  const published = texts.map((text) => ({
    text,
    maps: new FollowedKind({
      client,
      resources: [CONFIG_MAP],
      fieldSelector: `metadata.name=${text.map.name}`,
      trim: (object) => trimConfigMap(text.map, object, text.current()),
      onChange: (key) => queue.add(namespaceOf(key)),
    }),
  }));

  async function reconcile(namespace: string): Promise<void> {
    if (!isChosen(namespaces.find(namespace), scope.selectors())) return;
    for (const { text, maps } of published) {
      const current = text.current();
      if (current === undefined) continue;
      const held = maps.find(`${namespace}/${text.map.name}`);
      await write({ namespace, map: text.map, text: current, held });
    }
  }

  async function write({ namespace, map, text, held }: Writing): Promise<void> {
    const repair = held && toRepair(map, held, text);
    if (held !== undefined && repair === undefined) return;
    try {
      if (repair === undefined) {
        await client.create(pathOf(CONFIG_MAP, { namespace }), toConfigMap(map, namespace, text));
      } else {
        const path = pathOf(CONFIG_MAP, { namespace, name: map.name });
        await client.patch(path, repair, { type: 'merge', fieldManager: 'pilothouse', signal: over });
      }
      log.debug({ event: 'roots.written', namespace, map: map.name }, `${map.name} is in namespace ${namespace}`);
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  }

  const addAll = () => {
    for (const namespace of namespaces.keys()) queue.add(namespace);
  };
  // What is there must be known before anything is made: else all of it would be made again.
  const listed = Promise.all(published.map(({ maps }) => maps.start())).then(() => namespaces.start());
  await Promise.race([listed, aborted(over)]);
  const stops = [...texts.map((text) => text.watch(addAll)), scope.watch(addAll)];
  addAll();
  await aborted(over);
  for (const stop of stops) stop();
  await Promise.all([namespaces.stop(), ...published.map(({ maps }) => maps.stop())]);
}

interface Writing {
  readonly namespace: string;
  readonly map: PublishedMap;
  readonly text: string;
  readonly held: KubeObject | undefined;
}

/** Roots as a text to publish. */
export function toPublishedRoots(roots: Roots): PublishedText {
  return {
    map: ROOT_CERTIFICATES,
    current: () => roots.current().pem || undefined,
    watch: (tell) => roots.watch(tell),
  };
}

/** A namespace on its way out takes nothing new. */
function isChosen(namespace: KubeObject | undefined, selectors: readonly LabelSelector[]): boolean {
  if (namespace === undefined || IGNORED.has(namespace.metadata.name)) return false;
  const { labels = {}, deletionTimestamp } = namespace.metadata;
  if (deletionTimestamp !== undefined) return false;
  return selectors.length === 0 || selectors.some((selector) => isMatchedBy(labels, selector));
}

function trimNamespace({ metadata: { name, labels, deletionTimestamp } }: KubeObject): KubeObject {
  return { metadata: { name, ...(labels && { labels }), ...(deletionTimestamp && { deletionTimestamp }) } };
}

/** Somebody else has made or removed it meanwhile, or the namespace is going: the watch tells what is to be done. */
function isOvertaken(error: unknown): boolean {
  if (!isKubeFault(error)) return false;
  if (error.status === 404) return true;
  if (error.status === 409) return error.reason === 'AlreadyExists';
  return error.status === 403 && /being terminated/.test(error.message);
}

function namespaceOf(key: string): string {
  return key.slice(0, key.indexOf('/'));
}
