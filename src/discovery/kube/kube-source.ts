import { type Clock, systemClock } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Reflection, Reflector, type ReflectorState, type ReflectorTimes } from '../../kube/reflector.ts';
import type { ConfigSource, SourceGroup, SourceListener } from '../source.ts';
import { type KindState, KindWatch } from './kind-watch.ts';
import { kindForbidden } from './kube-issues.ts';
import { type Filtered, RevisionFilter } from './revision-filter.ts';
import { RevisionTags, TAG_LABEL, TAG_RESOURCES } from './revision-tags.ts';
import { listWatchedKinds, type WatchedKind } from './watched-kinds.ts';

const log = createLog('kube');

/** What a cluster is as a source. */
export interface KubeSourceOptions {
  readonly client: KubeClient;
  /** Name of the cluster, as proxies and users know it. */
  readonly cluster: string;
  /** Namespace of the control plane. */
  readonly systemNamespace: string;
  /** Configuration for other revisions is left out; empty or absent, all of it is taken. */
  readonly revision?: string;
  /** `registry` for a remote cluster: its services and workloads, and no configuration. */
  readonly extent?: 'everything' | 'registry';
  /** Ends what was begun for this source alone: its connections. */
  readonly onStop?: () => void;
  readonly times?: Partial<ReflectorTimes>;
  readonly clock?: Clock;
}

/** Definitions of kinds, of which only the names are read: a kind that is defined later is followed from then on. */
const DEFINITIONS = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
} as const;

/**
 * Objects of a Kubernetes API server, each a group of its own. Every kind is followed by itself: one that is forbidden or not defined does not
 * keep the others from being served, and none of them loses anything while the server is away.
 */
export class KubeSource implements ConfigSource {
  readonly name: string;
  /** The other cluster that the objects are of; absent for the one whose configuration the mesh follows. */
  readonly cluster?: string;
  readonly defaultNamespace = 'default';
  readonly #options: KubeSourceOptions;
  readonly #kinds: readonly KindWatch[];
  readonly #others: readonly { start(): void; stop(): Promise<void> }[];
  readonly #filter: RevisionFilter;
  readonly #unsynced = new Set<string>();
  #startedAtMs = 0;
  readonly #refused = new Set<string>();
  readonly #silent = new Set<string>();
  #listener: SourceListener | undefined;

  constructor(options: KubeSourceOptions) {
    const { cluster, client, systemNamespace, revision = '', extent = 'everything' } = options;
    this.#options = options;
    this.name = `cluster ${cluster}`;
    if (extent === 'registry') this.cluster = cluster;
    this.#filter = new RevisionFilter(revision);
    const kinds = listWatchedKinds({ systemNamespace, extent });
    this.#kinds = kinds.map((kind) => this.#createWatch(kind, client));
    const tagSources = revision === '' || extent === 'registry' ? [] : this.#createTagReflectors(revision);
    this.#others = [...tagSources, ...(extent === 'registry' ? [] : [this.#createDefinitions()])];
  }

  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    this.#startedAtMs = (this.#options.clock ?? systemClock).now();
    for (const part of [...this.#kinds, ...this.#others]) part.start();
  }

  async stop(): Promise<void> {
    this.#listener = undefined;
    await Promise.all([...this.#kinds, ...this.#others].map((part) => part.stop()));
    this.#options.onStop?.();
  }

  /** How each kind is being followed. */
  states(): readonly KindState[] {
    return this.#kinds.map(({ state }) => state);
  }

  /** For how long some kind has not been heard of that should be, in milliseconds. */
  ageMs(): number {
    const { clock = systemClock } = this.#options;
    const silent = this.states().filter(({ state }) => state.kind === 'unreachable');
    return Math.max(0, ...silent.map(({ heardAtMs }) => clock.now() - (heardAtMs ?? this.#startedAtMs)));
  }

  #createWatch(kind: WatchedKind, client: KubeClient): KindWatch {
    const { cluster, times, clock } = this.#options;
    return new KindWatch({
      client,
      cluster,
      kind,
      times,
      clock,
      onChange: (change) => this.#tellObjects(kind, change),
      onSynced: this.#expectSync(kind.kind),
      onState: (state) => this.#tellState(kind.kind, state),
    });
  }

  /** @returns what is to be called once the part is synced. */
  #expectSync(part: string): () => void {
    this.#unsynced.add(part);
    return () => {
      if (this.#unsynced.delete(part) && this.#unsynced.size === 0) this.#listener?.onSynced();
    };
  }

  #tellObjects({ kind, isConfiguration }: WatchedKind, { put, removed }: Reflection<KubeObject>): void {
    const { cluster } = this.#options;
    const all = [
      ...put.map(({ key, value }): Filtered => {
        const group = { id: `${kind}/${key}`, objects: [{ cluster, object: value }], issues: [] };
        return isConfiguration ? this.#filter.put(group, value) : { groups: [group], removed: [] };
      }),
      ...removed.map((key): Filtered => {
        const id = `${kind}/${key}`;
        return isConfiguration ? this.#filter.remove(id) : { groups: [], removed: [id] };
      }),
    ];
    const [first] = [...put.map(({ key }) => `${kind} ${key} changed`), ...removed.map((key) => `${kind} ${key} went`)];
    const count = put.length + removed.length;
    this.#tell(count === 1 && first !== undefined ? first : `${count} ${kind} objects changed`, {
      groups: all.flatMap(({ groups }) => groups),
      removed: all.flatMap((filtered) => filtered.removed),
    });
  }

  /** An outage is one line, whatever the number of kinds, and so is its end. */
  #logSilence(kind: string, state: ReflectorState): void {
    const { cluster } = this.#options;
    const before = this.#silent.size;
    if (state.kind === 'unreachable') {
      this.#silent.add(kind);
      if (before === 0)
        log.warn(
          { event: 'kube.unreachable', cluster, kind },
          `${this.name} is not heard from; what was read stays in force: ${state.message}`,
        );
    } else if (this.#silent.delete(kind) && this.#silent.size === 0)
      log.info({ event: 'kube.heard', cluster }, `${this.name} is heard from again`);
  }

  /** A refusal is an issue for as long as it lasts. */
  #tellState(kind: string, state: ReflectorState): void {
    if (state.kind !== 'stopped') this.#logSilence(kind, state);
    const id = `refused/${kind}`;
    if (state.kind === 'forbidden') {
      this.#refused.add(id);
      const issues = [kindForbidden(kind, this.#options.cluster, state.message)];
      this.#tell(`${kind} is forbidden`, { groups: [{ id, objects: [], issues }], removed: [] });
    } else if (state.kind === 'watching' && this.#refused.delete(id))
      this.#tell(`${kind} is no more forbidden`, { groups: [], removed: [id] });
  }

  #tell(reason: string, { groups, removed }: { readonly groups: readonly SourceGroup[]; removed: readonly string[] }) {
    if (groups.length + removed.length > 0) this.#listener?.onChange({ reason, groups, removed });
  }

  #createTagReflectors(revision: string): readonly Reflector<KubeObject>[] {
    const tags = new RevisionTags(revision);
    const { client, times, clock } = this.#options;
    return TAG_RESOURCES.map(
      (resource) =>
        new Reflector<KubeObject>({
          client,
          resources: [resource],
          labelSelector: TAG_LABEL,
          metadataOnly: true,
          keep: (object) => ({ value: object, content: object.metadata.labels }),
          ...(times && { times }),
          ...(clock && { clock }),
          listener: {
            onChange: ({ put, removed }) => {
              for (const { key, value } of put) tags.put(`${resource.kind}/${key}`, value.metadata.labels ?? {});
              for (const key of removed) tags.remove(`${resource.kind}/${key}`);
              this.#tell('tags of revisions moved', this.#filter.setTags(tags.list()));
            },
            onSynced: this.#expectSync(`tags by ${resource.kind}`),
            onState: (state) => {
              if (state.kind !== 'forbidden') return;
              const { kind } = resource;
              log.warn({ event: 'kube.forbidden', kind }, `tags of revisions by ${kind} are unknown: ${state.message}`);
            },
            onHeard: () => {},
          },
        }),
    );
  }

  #createDefinitions(): Reflector<string> {
    const { client, times, clock } = this.#options;
    return new Reflector<string>({
      client,
      resources: [DEFINITIONS],
      metadataOnly: true,
      // Any change may be the one by which the kind is served.
      keep: ({ metadata }) => ({ value: metadata.name, content: metadata.resourceVersion }),
      ...(times && { times }),
      ...(clock && { clock }),
      listener: {
        onChange: ({ put }) => {
          const defined = new Set(put.map(({ value }) => value));
          for (const watch of this.#kinds)
            if (defined.has(watch.definition) && watch.state.state.kind === 'absent') watch.wake();
        },
        onSynced: () => {},
        onState: () => {},
        onHeard: () => {},
      },
    });
  }
}
