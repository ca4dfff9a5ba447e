import type { Clock } from '../../kit/clock.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Reflection, Reflector, type ReflectorState, type ReflectorTimes } from '../../kube/reflector.ts';
import * as metrics from './metrics.ts';
import type { WatchedKind } from './watched-kinds.ts';

const log = createLog('kube');

/** What is known of how a kind is followed. */
export interface KindState {
  readonly kind: string;
  readonly state: ReflectorState;
  /** How many objects are held. */
  readonly objects: number;
  /** When the server last said anything about it, in milliseconds since 1970. */
  readonly heardAtMs: number | undefined;
}

export interface KindWatchOptions {
  readonly client: KubeClient;
  readonly cluster: string;
  readonly kind: WatchedKind;
  readonly times?: Partial<ReflectorTimes> | undefined;
  readonly clock?: Clock | undefined;
  onChange(change: Reflection<KubeObject>): void;
  onSynced(): void;
  onState(state: ReflectorState): void;
}

/** Follows one kind, and says in logs and metrics how that goes. */
export class KindWatch {
  readonly #kind: WatchedKind;
  readonly #cluster: string;
  readonly #reflector: Reflector<KubeObject>;
  #isRefused = false;

  constructor(options: KindWatchOptions) {
    const { client, cluster, kind, times, clock, onChange, onSynced, onState } = options;
    this.#kind = kind;
    this.#cluster = cluster;
    this.#reflector = new Reflector({
      client,
      ...kind,
      ...(times && { times }),
      ...(clock && { clock }),
      listener: {
        onChange: (change) => {
          this.#count(change);
          onChange(change);
        },
        onSynced,
        onState: (state) => {
          this.#report(state);
          onState(state);
        },
        onHeard: () => {
          const seconds = (this.#reflector.heardAtMs ?? 0) / 1000;
          metrics.lastHeard.set(seconds, { cluster, kind: kind.kind });
        },
      },
    });
  }

  get state(): KindState {
    const { state, size, heardAtMs } = this.#reflector;
    return { kind: this.#kind.kind, state, objects: size, heardAtMs };
  }

  /** `virtualservices.networking.istio.io`: how its definition is called. */
  get definition(): string {
    const { plural, group } = this.#kind.resources[0];
    return `${plural}.${group}`;
  }

  start(): void {
    this.#reflector.start();
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }

  wake(): void {
    this.#reflector.wake();
  }

  #count({ put, removed }: Reflection<KubeObject>): void {
    const counter = this.#kind.isConfiguration ? metrics.configEvents : metrics.registryEvents;
    const type = this.#kind.kind;
    if (put.length > 0) counter.add(put.length, { type, event: 'update' });
    if (removed.length > 0) counter.add(removed.length, { type, event: 'delete' });
  }

  /** A refusal is named once, and so is its end; that the server is away is said by whoever follows all of its kinds. */
  #report(state: ReflectorState): void {
    const { kind } = this.#kind;
    const cluster = this.#cluster;
    metrics.watched.set(state.kind === 'watching' ? 1 : 0, { cluster, kind });
    if (state.kind === 'forbidden') {
      if (!this.#isRefused)
        log.warn({ event: 'kube.forbidden', cluster, kind }, `${kind} is not allowed to be read: ${state.message}`);
      this.#isRefused = true;
    } else if (state.kind === 'watching' && this.#isRefused) {
      log.info({ event: 'kube.allowed', cluster, kind }, `${kind} is followed now`);
      this.#isRefused = false;
    }
  }
}
