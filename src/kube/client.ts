import type { IncomingMessage } from 'node:http';
import { createBackoff } from '../kit/backoff.ts';
import { type Clock, sleep, systemClock } from '../kit/clock.ts';
import { readLines, readText } from './body.ts';
import type { KubeConnection } from './connection.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import { isKubeFault, kubeFault, unreachableFault } from './fault.ts';
import { isKubeObject, isRecord, type KubeList, type KubeObject, readStatus } from './object.ts';
import { Transport } from './transport.ts';
import { parseJson, parseWatchEvent, type WatchEvent } from './watch-event.ts';

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** A request to the API server. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** From the root, without query: `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** `application/json` when absent. */
  readonly contentType?: string;
  /** The form of the answer; `application/json` when absent. */
  readonly accept?: string;
  /** Until the answer is read whole, repetitions included; 30 s when absent. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface PatchOptions {
  readonly type: keyof typeof PATCH_TYPES;
  /** Needed for `apply`. */
  readonly fieldManager?: string;
  /** For `apply`: takes over fields that others manage. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface ListOptions {
  /** Objects of a page; 500 when absent, 0 for all of them in one. */
  readonly limit?: number;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Absent: as it is now. */
  readonly resourceVersion?: string;
  /** Only the objects' metadata, which spares the server and the network the rest. */
  readonly metadataOnly?: boolean;
  readonly signal?: AbortSignal;
}

export interface WatchOptions {
  readonly resourceVersion: string;
  /** When the server shall end the watch, in seconds. */
  readonly timeoutSeconds: number;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only the objects' metadata. */
  readonly metadataOnly?: boolean;
  /** How long the server may say nothing, bookmarks included, before it counts as gone; 150 s when absent. */
  readonly idleMs?: number;
  /** Called once the server has taken the watch. */
  readonly onOpen?: () => void;
  readonly signal?: AbortSignal;
}

export interface KubeClientOptions {
  readonly userAgent?: string;
  readonly clock?: Clock;
}

interface PageOptions {
  readonly metadataOnly: boolean | undefined;
  readonly signal: AbortSignal | undefined;
}

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

const METADATA = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
} as const;

const TIMEOUT_MS = 30_000;
/** A page of large objects takes its time. */
const LIST_TIMEOUT_MS = 120_000;
const WATCH_IDLE_MS = 150_000;
const PAGE = 500;
/** Well below the longest string of V8. */
const MAX_BYTES = 256 * 1024 * 1024;
/** How often a request is repeated that the server asks to repeat. */
const MAX_REPEATS = 10;

/**
 * A Kubernetes API server as a client sees it. Objects are plain values: what is in them is for whoever knows their kind.
 *
 * Every method rejects with a `KubeFault`: the server's answer with status and reason, or `KUBE_UNREACHABLE`. A server that is busy and says
 * how long (`Retry-After`) is asked again within the request's time.
 */
export class KubeClient {
  /** For logs. */
  readonly server: string;
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #userAgent: string;

  constructor(connection: KubeConnection, { userAgent = 'pilothouse', clock = systemClock }: KubeClientOptions = {}) {
    this.server = connection.server;
    this.#transport = new Transport(connection);
    this.#clock = clock;
    this.#userAgent = userAgent;
  }

  /** The answer's body, parsed. */
  async request(request: KubeRequest): Promise<unknown> {
    const { timeoutMs = TIMEOUT_MS } = request;
    const deadline = createDeadline(this.#clock, `${request.method} ${request.path} was not answered`, request.signal);
    deadline.renew(timeoutMs);
    try {
      const answer = await this.#exchange(request, deadline);
      const text = await readText(answer, this.server, MAX_BYTES);
      return text === '' ? undefined : parseJson(text);
    } catch (error) {
      throw this.#explain(error, deadline, request.signal);
    } finally {
      deadline.end();
    }
  }

  /** `undefined` when there is none. */
  async get(path: string): Promise<KubeObject | undefined> {
    try {
      return toObject(await this.request({ method: 'GET', path }));
    } catch (error) {
      if (isKubeFault(error, 404)) return undefined;
      throw error;
    }
  }

  /** Posts to a collection, or to a subresource; the answer is the object as the server has it. */
  async create(path: string, object: object): Promise<KubeObject> {
    return toObject(await this.request({ method: 'POST', path, body: object }));
  }

  /** Status 409 when the object's `resourceVersion` is no more the current one. */
  async replace(path: string, object: object): Promise<KubeObject> {
    return toObject(await this.request({ method: 'PUT', path, body: object }));
  }

  /** What is not there is deleted already. */
  async delete(path: string): Promise<void> {
    try {
      await this.request({ method: 'DELETE', path });
    } catch (error) {
      if (!isKubeFault(error, 404)) throw error;
    }
  }

  async patch(path: string, body: unknown, { type, fieldManager, force, signal }: PatchOptions): Promise<KubeObject> {
    const query = { fieldManager, force };
    const contentType = PATCH_TYPES[type];
    return toObject(await this.request({ method: 'PATCH', path, query, body, contentType, ...(signal && { signal }) }));
  }

  /**
   * A collection, page by page: no more than one page is held. Pages that are too large to be taken are asked for anew with fewer objects.
   *
   * @throws Fault status 410 when the pages took so long that the server has forgotten the first one's version.
   */
  async *listPages(path: string, options: ListOptions = {}): AsyncGenerator<KubeList> {
    const { limit: wanted = PAGE, metadataOnly, signal, ...selection } = options;
    let limit = wanted;
    let next: string | undefined;
    for (;;) {
      const query = next === undefined ? { ...selection, limit } : { ...toSelectors(selection), limit, continue: next };
      const body = await this.#requestPage(path, query, { metadataOnly, signal });
      if (body === undefined && limit !== 1) {
        limit = Math.max(1, Math.floor((limit === 0 ? PAGE : limit) / 4));
        continue;
      }
      const page = toPage(body);
      next = page.next;
      yield page.list;
      if (next === undefined) return;
    }
  }

  /**
   * What changes after a version, as it happens. Ends when the server ends it.
   *
   * @throws Fault status 410 when the version is too old; `KUBE_UNREACHABLE` when the server goes away or says nothing for `idleMs`.
   */
  async *watch(path: string, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { signal, idleMs = WATCH_IDLE_MS, metadataOnly, onOpen, ...rest } = options;
    const query = { ...rest, watch: true, allowWatchBookmarks: true };
    const deadline = createDeadline(this.#clock, `the watch of ${path} said nothing`, signal);
    deadline.renew(Math.min(idleMs, TIMEOUT_MS));
    let answer: IncomingMessage | undefined;
    try {
      const accept = metadataOnly === true ? { accept: METADATA.watch } : {};
      answer = await this.#exchange({ method: 'GET', path, query, ...accept }, deadline);
      deadline.renew(idleMs);
      onOpen?.();
      for await (const line of readLines(answer, this.server, MAX_BYTES)) {
        deadline.renew(idleMs);
        const event = parseWatchEvent(line);
        if (event !== undefined) yield event;
      }
    } catch (error) {
      throw this.#explain(error, deadline, signal);
    } finally {
      deadline.end();
      answer?.destroy();
    }
  }

  /** Ends every connection: what is under way fails. */
  close(): void {
    this.#transport.close();
  }

  /** `undefined` when the page is too large. */
  async #requestPage(path: string, query: Query, { metadataOnly, signal }: PageOptions): Promise<unknown> {
    const accept = metadataOnly === true ? METADATA.list : 'application/json';
    try {
      return await this.request({
        method: 'GET',
        path,
        query,
        accept,
        timeoutMs: LIST_TIMEOUT_MS,
        ...(signal && { signal }),
      });
    } catch (error) {
      if (isKubeFault(error) && error.code === 'KUBE_TOO_LARGE') return undefined;
      throw error;
    }
  }

  /** The head of a good answer; repeated while the server asks for it. */
  async #exchange(request: KubeRequest, { signal }: Deadline): Promise<IncomingMessage> {
    const { method, path, query, body, contentType = 'application/json', accept = 'application/json' } = request;
    const backoff = createBackoff({ baseMs: 1000, maxMs: 10_000 });
    for (let repeats = 0; ; repeats++) {
      const answer = await this.#transport.send({
        method,
        path: `${path}${toQuery(query)}`,
        headers: {
          accept,
          'user-agent': this.#userAgent,
          ...(body !== undefined && { 'content-type': contentType }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
        isWatch: query?.watch === true,
      });
      const { statusCode = 0 } = answer;
      if (statusCode >= 200 && statusCode < 300) return answer;
      const fault = await this.#toFault(answer, `${method} ${path}`);
      if (fault.retryAfterMs === undefined || repeats === MAX_REPEATS) throw fault;
      await sleep(this.#clock, fault.retryAfterMs + backoff.next(), signal);
    }
  }

  async #toFault(answer: IncomingMessage, what: string) {
    const { statusCode = 0, statusMessage = '' } = answer;
    const text = await readText(answer, this.server, MAX_BYTES);
    const status = readStatus(text.startsWith('{') ? parseJson(text) : undefined);
    const seconds = Number(answer.headers['retry-after'] ?? status?.retryAfterSeconds ?? Number.NaN);
    const mayRepeat = (statusCode === 429 || statusCode >= 500) && Number.isFinite(seconds);
    const message = status?.message || text.slice(0, 200).trim() || statusMessage;
    return kubeFault(
      statusCode,
      status?.reason ?? '',
      `${what}: ${message}`,
      mayRepeat ? Math.max(0, seconds) * 1000 : undefined,
    );
  }

  /** An abort by time is the server's silence; one by the caller is theirs. */
  #explain(error: unknown, { signal }: Deadline, caller: AbortSignal | undefined): unknown {
    if (!signal.aborted || caller?.aborted === true) return error;
    return unreachableFault(this.server, signal.reason);
  }
}

function toObject(body: unknown): KubeObject {
  // Reviews of tokens and access have no name, and are objects all the same.
  if (isKubeObject(body)) return body;
  if (isRecord(body)) return { ...body, metadata: { ...(isRecord(body.metadata) ? body.metadata : {}), name: '' } };
  throw kubeFault(0, '', 'the API server answered with something other than an object');
}

function toPage(body: unknown): { readonly list: KubeList; readonly next: string | undefined } {
  const metadata = isRecord(body) && isRecord(body.metadata) ? body.metadata : {};
  const items = isRecord(body) && Array.isArray(body.items) ? body.items.filter(isKubeObject) : [];
  const { resourceVersion, continue: next } = metadata;
  if (typeof resourceVersion !== 'string')
    throw kubeFault(0, '', 'the API server answered with something other than a list');
  return { list: { resourceVersion, items }, next: typeof next === 'string' && next !== '' ? next : undefined };
}

/** Later pages are of the first one's version. */
function toSelectors({ labelSelector, fieldSelector }: ListOptions): Query {
  return { labelSelector, fieldSelector };
}

function toQuery(query: Query = {}): string {
  const set = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(name)}=${encodeURIComponent(value)}`],
  );
  return set.length === 0 ? '' : `?${set.join('&')}`;
}
