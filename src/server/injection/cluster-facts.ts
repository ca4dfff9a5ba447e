import type { ParsedObject } from '../../config/parsed-object.ts';
import type { ObjectChange } from '../../discovery/registry/object-change.ts';
import type { World } from '../../discovery/world/world.ts';
import { type ObjectKey, objectKey } from '../../model/object.ts';
import type { SettingsTexts } from './kept-settings.ts';
import { NodeAges } from './native-sidecars.ts';

/** What of the world is told of objects that are in force. */
export type ObjectNews = Pick<World, 'watchObjects' | 'listInForce'>;

/** The ConfigMap with the injector's settings. */
export interface SettingsPlace {
  readonly namespace: string;
  readonly name: string;
}

/** What injection has to know of the cluster beside the mesh: its own settings, the namespaces' annotations, what its nodes run. */
export class ClusterFacts {
  readonly #key: ObjectKey;
  readonly #onSettings: (texts: SettingsTexts | undefined) => void;
  /** What its nodes run. */
  readonly nodes = new NodeAges();
  readonly #annotations = new Map<string, Readonly<Record<string, string>>>();

  constructor(news: ObjectNews, place: SettingsPlace, onSettings: (texts: SettingsTexts | undefined) => void) {
    this.#key = objectKey('ConfigMap', place.namespace, place.name);
    this.#onSettings = onSettings;
    news.watchObjects((changes) => this.#take(changes));
    this.#take([...news.listInForce()].map(([key, after]) => ({ key, after })));
  }

  annotationsOf(namespace: string): Readonly<Record<string, string>> {
    return this.#annotations.get(namespace) ?? {};
  }

  #take(changes: readonly ObjectChange[]): void {
    for (const { key, before, after } of changes) {
      const object = after ?? before;
      // Pods of other clusters have webhooks of their own, or are asked about with a path that says so.
      if (object !== undefined && object.meta.cluster === undefined) this.#note(key, object, after !== undefined);
    }
  }

  #note(key: ObjectKey, object: ParsedObject, isThere: boolean): void {
    const { name, annotations } = object.meta;
    if (object.kind === 'Node') this.nodes.note(name, isThere ? (object.value.kubeletVersion ?? '') : undefined);
    else if (object.kind === 'Namespace' && isThere) this.#annotations.set(name, annotations);
    else if (object.kind === 'Namespace') this.#annotations.delete(name);
    else if (object.kind === 'ConfigMap' && key === this.#key)
      this.#onSettings(isThere ? { config: object.value.data.config, values: object.value.data.values } : undefined);
  }
}
