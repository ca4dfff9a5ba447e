import { type Backoff, createBackoff } from '../kit/backoff.ts';
import { type Clock, systemClock } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import type { KubeClient } from './client.ts';
import { isKubeFault } from './fault.ts';
import { HeldObjects, type Keep, keyOf, type Put } from './held-objects.ts';
import type { KubeList } from './object.ts';
import { Pause } from './pause.ts';
import { apiVersionOf, pathOf, type Resource } from './resource.ts';
import type { WatchEvent } from './watch-event.ts';

/** How a kind is being followed. What was told stays in force in every state. */
export type ReflectorState =
  | { readonly kind: 'listing' | 'watching' | 'absent' | 'stopped' }
  | { readonly kind: 'forbidden' | 'unreachable'; readonly message: string };

/** News of a kind. */
export interface Reflection<T> {
  readonly put: readonly Put<T>[];
  readonly removed: readonly string[];
}

/** Who follows a kind. */
export interface ReflectorListener<T> {
  /** In the order in which things happened; never for what did not change. */
  onChange(change: Reflection<T>): void;
  /** Called once: everything that there is has been told; or that it cannot be, because the kind is absent or forbidden. */
  onSynced(): void;
  onState(state: ReflectorState): void;
  /** Called whenever the server said anything about the kind, be it that nothing changed. */
  onHeard(): void;
}

/** How patient a reflector is. Milliseconds. */
export interface ReflectorTimes {
  /** How long a watch may say nothing; the server sends a bookmark every minute. */
  readonly idleMs: number;
  /** How long a watch lives at least; it is ended and taken up again within twice that. */
  readonly watchMs: number;
  /** Upper bounds of waits after failures. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
  /** Upper bound of waits for a kind that is absent or forbidden. */
  readonly refusedMs: number;
  /** How long a kind must have been absent until its objects count as gone. */
  readonly vanishMs: number;
}

export interface ReflectorOptions<T> {
  readonly client: KubeClient;
  /** The versions in which a kind may be served: the first that is served is followed. */
  readonly resources: readonly [Resource, ...Resource[]];
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly metadataOnly?: boolean;
  readonly keep: Keep<T>;
  readonly listener: ReflectorListener<T>;
  readonly times?: Partial<ReflectorTimes>;
  readonly clock?: Clock;
}

const log = createLog('kube');

const TIMES: ReflectorTimes = {
  idleMs: 150_000,
  watchMs: 300_000,
  retryMs: 250,
  maxRetryMs: 10_000,
  refusedMs: 60_000,
  vanishMs: 10_000,
};

/** Too short for a watch that works: without a pause, one that always ends at once would be a storm. */
const HASTY_MS = 1000;

/**
 * Follows all objects of one kind: lists them, then watches, for as long as it runs.
 *
 * - What was heard stays until the server says otherwise: an outage takes nothing away. After it, the watch goes on where it was; only when the
 *   server has forgotten that version (410), everything is listed anew and compared with what is held.
 * - Lists are consistent reads, without `resourceVersion=0`: a server may answer that from a cache older than what was told before.
 * - A watch that says nothing, not even bookmarks, counts as gone.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #times: ReflectorTimes;
  readonly #clock: Clock;
  readonly #held: HeldObjects<T>;
  readonly #stopping = new AbortController();
  readonly #pause: Pause;
  readonly #failures: Backoff;
  readonly #refusals: Backoff;
  #running: Promise<void> | undefined;
  #state: ReflectorState = { kind: 'listing' };
  #heardAtMs: number | undefined;
  #resource: Resource;
  /** Up to which version everything was told; absent when everything has to be listed. */
  #version: string | undefined;
  /** Pages are left out once the server forgot the first one's version before the last was read. */
  #isPaged = true;
  #isSynced = false;
  #absentSinceMs: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    const { clock = systemClock, times, keep, resources } = options;
    this.#options = options;
    this.#clock = clock;
    this.#times = { ...TIMES, ...times };
    this.#held = new HeldObjects(keep);
    this.#pause = new Pause(clock);
    this.#resource = resources[0];
    const { retryMs, maxRetryMs, refusedMs } = this.#times;
    this.#failures = createBackoff({ baseMs: retryMs, maxMs: maxRetryMs });
    this.#refusals = createBackoff({ baseMs: Math.min(retryMs, refusedMs), maxMs: refusedMs });
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** When the server last said anything about the kind, in milliseconds since 1970. */
  get heardAtMs(): number | undefined {
    return this.#heardAtMs;
  }

  /** How many objects are held. */
  get size(): number {
    return this.#held.size;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Nothing is told once this is called. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#pause.end();
    await this.#running;
  }

  /** Tries again now what is waited for: the kind may have come to be, or have been allowed. */
  wake(): void {
    this.#refusals.reset();
    this.#pause.end();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      try {
        if (this.#version === undefined) await this.#list();
        await this.#watch(this.#version ?? '');
      } catch (error) {
        if (!this.#isStopping) await this.#onTrouble(error);
      }
    }
    this.#enter({ kind: 'stopped' });
  }

  async #list(): Promise<void> {
    const listed = new Set<string>();
    let version = '';
    for await (const page of this.#pages()) {
      if (this.#isStopping) return;
      version = page.resourceVersion;
      this.#takePage(page, listed);
    }
    if (this.#isStopping) return;
    this.#tell([], this.#held.retain(listed));
    this.#version = version;
    this.#isPaged = true;
    this.#onHeard();
    this.#sync();
  }

  #pages(): AsyncIterable<KubeList> {
    return this.#options.client.listPages(this.#path, {
      ...this.#selection,
      ...(this.#isPaged ? {} : { limit: 0 }),
      signal: this.#stopping.signal,
    });
  }

  #takePage({ items }: KubeList, listed: Set<string>): void {
    const { kind } = this.#resource;
    const apiVersion = apiVersionOf(this.#resource);
    const put: Put<T>[] = [];
    const removed: string[] = [];
    for (const item of items) {
      const taken = this.#held.take({ ...item, apiVersion, kind });
      listed.add(keyOf(item));
      if (taken === undefined) continue;
      if ('put' in taken) put.push(taken.put);
      else removed.push(taken.removed);
    }
    this.#tell(put, removed);
  }

  async #watch(resourceVersion: string): Promise<void> {
    if (this.#isStopping) return;
    const { idleMs, watchMs } = this.#times;
    const startedMs = this.#clock.monotonic();
    const events = this.#options.client.watch(this.#path, {
      ...this.#selection,
      resourceVersion,
      // Drawn anew each time, so that watches of all kinds and replicas do not end together.
      timeoutSeconds: Math.ceil((watchMs * (1 + Math.random())) / 1000),
      idleMs,
      onOpen: () => this.#onHeard(),
      signal: this.#stopping.signal,
    });
    for await (const event of events) {
      if (this.#isStopping) return;
      this.#take(event);
      this.#onHeard();
    }
    if (this.#clock.monotonic() - startedMs < HASTY_MS) await this.#pause.for(this.#failures.next());
    else this.#failures.reset();
  }

  #take(event: WatchEvent): void {
    if (event.type === 'BOOKMARK') {
      this.#version = event.resourceVersion || this.#version;
      return;
    }
    const { object } = event;
    const taken = event.type === 'DELETED' ? this.#held.remove(keyOf(object)) : this.#held.take(object);
    if (taken !== undefined) this.#tell('put' in taken ? [taken.put] : [], 'put' in taken ? [] : [taken.removed]);
    this.#version = object.metadata.resourceVersion ?? this.#version;
    this.#failures.reset();
  }

  #tell(put: readonly Put<T>[], removed: readonly string[]): void {
    if (put.length + removed.length > 0) this.#options.listener.onChange({ put, removed });
  }

  async #onTrouble(error: unknown): Promise<void> {
    const fault = Fault.from(error);
    if (fault.code === 'INTERNAL') {
      const { kind } = this.#resource;
      log.error({ event: 'kube.defect', kind, err: error }, `${kind} could not be taken; it is listed anew`);
      this.#version = undefined;
    }
    const status = isKubeFault(error) ? error.status : 0;
    if (isOutdated(error)) {
      // The list itself took longer than the server remembers.
      if (this.#version === undefined) this.#isPaged = false;
      this.#version = undefined;
      return this.#pause.for(this.#failures.next());
    }
    if (status === 404) return this.#onAbsent();
    if (status === 403) {
      this.#enter({ kind: 'forbidden', message: fault.message });
      this.#sync();
      return this.#pause.for(this.#refusals.next());
    }
    this.#enter({ kind: 'unreachable', message: fault.message });
    return this.#pause.for(this.#failures.next());
  }

  /** The next version of the kind may be served. Only when none is, for a while, its objects are gone: a server that starts knows few kinds. */
  async #onAbsent(): Promise<void> {
    const { resources } = this.#options;
    this.#version = undefined;
    const next = resources[resources.indexOf(this.#resource) + 1];
    this.#resource = next ?? resources[0];
    if (next !== undefined) return;
    const nowMs = this.#clock.monotonic();
    this.#absentSinceMs ??= nowMs;
    if (nowMs - this.#absentSinceMs >= this.#times.vanishMs) this.#tell([], this.#held.retain(new Set()));
    this.#enter({ kind: 'absent' });
    this.#sync();
    return this.#pause.for(this.#refusals.next());
  }

  #onHeard(): void {
    this.#heardAtMs = this.#clock.now();
    this.#absentSinceMs = undefined;
    this.#refusals.reset();
    this.#enter({ kind: 'watching' });
    this.#options.listener.onHeard();
  }

  #sync(): void {
    if (this.#isSynced || this.#isStopping) return;
    this.#isSynced = true;
    this.#options.listener.onSynced();
  }

  #enter(state: ReflectorState): void {
    const isSame = this.#state.kind === state.kind;
    this.#state = state;
    if (!isSame) this.#options.listener.onState(state);
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  get #path(): string {
    const { namespace } = this.#options;
    return pathOf(this.#resource, namespace === undefined ? {} : { namespace });
  }

  get #selection() {
    const { labelSelector, fieldSelector, metadataOnly } = this.#options;
    return {
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(metadataOnly !== undefined && { metadataOnly }),
    };
  }
}

/** Whether the server no longer has the version, or, restored from a backup, never had it. */
function isOutdated(error: unknown): boolean {
  if (isKubeFault(error, 410)) return true;
  return isKubeFault(error, 504) && /too large resource version/i.test(error.message);
}
