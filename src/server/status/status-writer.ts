import { aborted } from '../../kit/abort.ts';
import { type Clock, sleep, systemClock } from '../../kit/clock.ts';
import { Debounce } from '../../kit/debounce.ts';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeFault } from '../../kube/fault.ts';
import { pathOf } from '../../kube/resource.ts';
import type { ObjectKey } from '../../model/object.ts';
import { objectKey } from '../../model/object.ts';
import { RetryQueue } from '../cluster/retry-queue.ts';
import * as metrics from './metrics.ts';
import { toObjectStatus } from './object-status.ts';
import { statusDigest, toStatusPatch } from './status-patch.ts';
import { type Judged, resourceOf, STATUS_KINDS } from './verdicts.ts';

/** What writing statuses needs. */
export interface StatusWriterOptions {
  readonly client: KubeClient;
  /** What is to be told of each object now. */
  list(): readonly Judged[];
  /** Calls `tell` when that may have changed; the answer ends that. */
  watch(tell: () => void): () => void;
  /** Objects that are written at a time. */
  readonly concurrency: number;
  /** Objects that are written within a second. */
  readonly perSecond: number;
  readonly clock?: Clock;
}

/** What changes quickly is told when it has come to rest, and at the latest after a while. */
const REST = { quietMs: 1000, maxMs: 5000 };
/** How often it is looked whether somebody else has written. */
const SURVEY_MS = 600_000;

const log = createLog('status');

/**
 * Tells on every object what became of it. Leader's work.
 *
 * Only what differs is written, no faster than it may be, the worst news first. Nothing is lost when a term ends: the next leader looks at what
 * is there, and goes on.
 */
export async function writeStatuses(options: StatusWriterOptions, over: AbortSignal): Promise<void> {
  const { watch, clock = systemClock } = options;
  const writer = new StatusWriter(options, over);
  const refresh = new Debounce<undefined>({
    ...REST,
    clock,
    merge: () => undefined,
    run: () => writer.refresh(),
    onError: (err) => log.error({ event: 'status.defect', err }, 'what is to be told of objects could not be made out'),
  });
  await writer.survey();
  const stop = watch(() => refresh.add(undefined));
  refresh.add(undefined);
  while (!over.aborted) {
    await Promise.race([sleep(clock, SURVEY_MS, over).catch(() => undefined), aborted(over)]);
    if (over.aborted) break;
    await writer.survey();
    refresh.add(undefined);
  }
  stop();
  refresh.close();
}

class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #over: AbortSignal;
  readonly #queue: RetryQueue;
  /** What is written on each object, as far as is known. */
  #written = new Map<ObjectKey, string>();
  #wanted: ReadonlyMap<string, Judged> = new Map();

  constructor(options: StatusWriterOptions, over: AbortSignal) {
    const { concurrency, perSecond, clock } = options;
    this.#options = options;
    this.#over = over;
    this.#queue = new RetryQueue({
      concurrency,
      perSecond,
      backoff: { baseMs: 1000, maxMs: 60_000 },
      ...(clock && { clock }),
      over,
      run: (key) => this.#write(key),
      onFailure(err, key, againMs) {
        metrics.failures.add(1);
        log.debug(
          { event: 'status.failed', object: key, againMs: Math.round(againMs), err },
          'a status could not be written; tried again later',
        );
      },
    });
  }

  /** Learns what is written on all objects: 500 of them cost one request. A kind that cannot be listed is looked at object by object. */
  async survey(): Promise<void> {
    const written = new Map<ObjectKey, string>();
    for (const kind of STATUS_KINDS) {
      try {
        const path = pathOf(resourceOf(kind, kind.versions[0]));
        for await (const { items } of this.#options.client.listPages(path, { signal: this.#over })) {
          for (const { metadata, status } of items) {
            const key = objectKey(kind.kind, metadata.namespace ?? '', metadata.name);
            written.set(key, statusDigest(metadata.uid ?? '', status));
          }
        }
      } catch (err) {
        if (this.#over.aborted) return;
        log.debug({ event: 'status.unlisted', kind: kind.kind, err }, `${kind.plural} cannot be listed`);
      }
    }
    this.#written = written;
  }

  /** Plans to write what differs. */
  refresh(): void {
    const judged = this.#options.list();
    this.#wanted = new Map(judged.map((one) => [one.key, one]));
    for (const key of this.#written.keys()) if (!this.#wanted.has(key)) this.#written.delete(key);
    for (const one of judged) if (this.#written.get(one.key) !== digestOf(one)) this.#queue.add(one.key);
    metrics.waiting.set(this.#queue.size);
  }

  async #write(key: string): Promise<void> {
    const judged = this.#wanted.get(key);
    if (judged === undefined || this.#written.get(judged.key) === digestOf(judged)) return;
    const { client, clock = systemClock } = this.#options;
    const { resource, namespace, name, uid, verdict } = judged;
    const object = await client.get(pathOf(resource, { namespace, name }));
    // What it was judged by is not what is there: the news of that is on its way.
    if (object?.metadata.uid !== uid || (object.metadata.generation ?? 0) !== verdict.generation) return;
    const status = toStatusPatch(object.status, toObjectStatus(verdict), clock.now());
    if (status !== undefined) {
      // The version makes sure that nobody else's condition is lost.
      const body = { metadata: { resourceVersion: object.metadata.resourceVersion }, status };
      const path = pathOf(resource, { namespace, name, subresource: 'status' });
      try {
        await client.patch(path, body, { type: 'merge', fieldManager: 'pilothouse-status', signal: this.#over });
        metrics.writes.add(1);
      } catch (error) {
        if (!isHopeless(error)) throw error;
        log.warn({ event: 'status.refused', object: key, err: error }, `the status of ${key} is not taken`);
      }
    }
    this.#written.set(judged.key, digestOf(judged));
    metrics.waiting.set(this.#queue.size);
  }
}

const digests = new WeakMap<Judged, string>();

function digestOf(judged: Judged): string {
  const known = digests.get(judged);
  if (known !== undefined) return known;
  const digest = statusDigest(judged.uid, toObjectStatus(judged.verdict));
  digests.set(judged, digest);
  return digest;
}

/** Gone, without a status, or of a shape that the API server does not take: trying again changes nothing. */
function isHopeless(error: unknown): boolean {
  return isKubeFault(error) && (error.status === 404 || error.status === 400 || error.status === 422);
}
