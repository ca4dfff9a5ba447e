import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { Reflector, type ReflectorOptions } from '../../kube/reflector.ts';

/** Which objects are followed, and who is told. */
export interface FollowOptions
  extends Pick<
    ReflectorOptions<KubeObject>,
    'resources' | 'namespace' | 'labelSelector' | 'fieldSelector' | 'metadataOnly' | 'times'
  > {
  readonly client: KubeClient;
  /** What is kept of an object; all of it when absent. */
  readonly trim?: (object: KubeObject) => KubeObject;
  /** Called for each object that is new, different or gone, after what is held has changed. */
  onChange(key: string): void;
}

/** The objects of a kind as the API server has them now: by `namespace/name`, or by name. */
export class FollowedKind {
  readonly #objects = new Map<string, KubeObject>();
  readonly #reflector: Reflector<KubeObject>;
  readonly #synced = Promise.withResolvers<void>();

  constructor(options: FollowOptions) {
    const { onChange, trim = (object) => object, ...rest } = options;
    this.#reflector = new Reflector<KubeObject>({
      ...rest,
      keep(object) {
        const value = trim(object);
        return { value, content: value };
      },
      listener: {
        onChange: ({ put, removed }) => {
          for (const { key, value } of put) this.#objects.set(key, value);
          for (const key of removed) this.#objects.delete(key);
          for (const { key } of put) onChange(key);
          for (const key of removed) onChange(key);
        },
        onSynced: () => this.#synced.resolve(),
        onState: () => {},
        onHeard: () => {},
      },
    });
  }

  /** Resolves when everything that there is has been told, or cannot be. */
  start(): Promise<void> {
    this.#reflector.start();
    return this.#synced.promise;
  }

  stop(): Promise<void> {
    this.#synced.resolve();
    return this.#reflector.stop();
  }

  find(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  keys(): readonly string[] {
    return [...this.#objects.keys()];
  }
}
