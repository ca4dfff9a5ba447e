/** How a work queue treats what is added to it. */
export interface WorkQueueOptions<Key, Work> {
  /** How many keys are worked on at a time. */
  readonly concurrency: number;
  /** Joins work that waits for a key with work that comes for the same key. */
  readonly merge: (waiting: Work, next: Work) => Work;
  /** Does the work of one key; never twice at a time for the same key. */
  readonly run: (key: Key, work: Work) => void | Promise<void>;
  /** Told of what `run` throws or rejects with; the queue goes on. */
  readonly onError: (error: unknown, key: Key) => void;
}

/**
 * Work by key, in the order in which keys came. Work for a key that already waits is merged into what waits, so that
 * a burst of changes costs each key one run; work for a key that is being worked on waits for its end.
 */
export class WorkQueue<Key, Work> {
  readonly #options: WorkQueueOptions<Key, Work>;
  readonly #waiting = new Map<Key, Work>();
  readonly #running = new Set<Key>();
  #idle: PromiseWithResolvers<void> | undefined;
  #closed = false;

  constructor(options: WorkQueueOptions<Key, Work>) {
    this.#options = options;
  }

  /** Keys that wait. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Keys that are being worked on. */
  get running(): number {
    return this.#running.size;
  }

  /** Adds work; it begins within this call when there is room. */
  add(key: Key, work: Work): void {
    if (this.#closed) return;
    const waiting = this.#waiting.get(key);
    const merged = this.#waiting.has(key) && waiting !== undefined ? this.#options.merge(waiting, work) : work;
    this.#waiting.set(key, merged);
    this.#pump();
  }

  /** Forgets what waits for a key: it has gone. What runs for it goes on. */
  drop(key: Key): void {
    this.#waiting.delete(key);
    this.#settle();
  }

  /** Forgets all that waits and takes nothing more. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
    this.#settle();
  }

  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.#waiting.size === 0 && this.#running.size === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers<void>();
    return this.#idle.promise;
  }

  #pump(): void {
    while (this.#running.size < this.#options.concurrency) {
      const next = this.#takeNext();
      if (next === undefined) return;
      void this.#start(...next);
    }
  }

  #takeNext(): readonly [Key, Work] | undefined {
    for (const entry of this.#waiting) {
      if (this.#running.has(entry[0])) continue;
      this.#waiting.delete(entry[0]);
      return entry;
    }
    return undefined;
  }

  async #start(key: Key, work: Work): Promise<void> {
    this.#running.add(key);
    try {
      await this.#options.run(key, work);
    } catch (error) {
      this.#options.onError(error, key);
    } finally {
      this.#running.delete(key);
      this.#pump();
      this.#settle();
    }
  }

  #settle(): void {
    if (this.#waiting.size > 0 || this.#running.size > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
