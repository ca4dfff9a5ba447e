import type { TypeUrl } from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { type ChangeKind, emptyRecording, type RecordedClass, type Recording } from '../floor/recording.ts';
import type { MeshShape } from '../mesh/shape.ts';
import { monotonicMs } from '../process/monotonic.ts';
import type { ScannedResponse } from '../wire/response.ts';
import { proxyIdentity } from './identity.ts';
import { type ClientListener, isProbeAnswer, ProxyClient } from './proxy-client.ts';

/** Which sidecars one process plays. */
export interface LoadSettings {
  readonly protocol: XdsProtocol;
  readonly shape: MeshShape;
  /** Sidecars of the whole run. */
  readonly proxies: number;
  /** This process plays every `step`th of them, beginning with `first`. */
  readonly first: number;
  readonly step: number;
}

/** What all proxies have received and suffered so far. */
export interface Traffic {
  /** Streams that are open now, as far as their proxies know. */
  readonly open: number;
  readonly bytes: number;
  readonly responses: number;
  /** Streams that ended without being asked to. */
  readonly ended: number;
  /** Why the last of them did. */
  readonly lastReason: string;
}

/** A change that every open proxy should hear of. */
export interface Expectation {
  readonly typeUrl: TypeUrl;
  readonly marker: string;
  /** Record what it brings under this name. */
  readonly record?: ChangeKind;
}

/** When things happened, in monotonic milliseconds, one entry for each proxy that they happened to. */
export interface Heard {
  readonly heardMs: readonly number[];
  readonly answeredMs: readonly number[];
}

interface Waiting extends Heard {
  readonly expectation: Expectation;
  readonly marker: Buffer;
  readonly heardMs: number[];
  readonly answeredMs: number[];
  readonly heard: Set<ProxyClient>;
  readonly answered: Set<ProxyClient>;
}

/** The sidecars that one process plays. */
export class Load implements ClientListener {
  readonly #clients: readonly ProxyClient[];
  /** The first proxy of each namespace, and what it received. */
  readonly #recorded = new Map<ProxyClient, RecordedClass>();
  readonly #completeMs: number[] = [];
  readonly #resuming = new Set<ProxyClient>();
  #waiting: Waiting | undefined;
  #traffic: Omit<Traffic, 'open'> = { bytes: 0, responses: 0, ended: 0, lastReason: '' };
  #notify: () => void = () => {};

  constructor({ protocol, shape, proxies, first, step }: LoadSettings) {
    const clients: ProxyClient[] = [];
    for (let i = first; i < proxies; i += step) {
      clients.push(new ProxyClient(proxyIdentity(i, proxies, shape), protocol, this));
    }
    this.#clients = clients;
    const firsts = new Map(clients.toReversed().map((client) => [client.identity.namespace, client]));
    for (const client of firsts.values()) this.#recorded.set(client, emptyRecording());
  }

  get traffic(): Traffic {
    return { ...this.#traffic, open: this.#clients.filter((client) => client.isOpen).length };
  }

  get recording(): Recording {
    return new Map(Array.from(this.#recorded, ([client, recorded]) => [client.identity.namespace, recorded]));
  }

  /** Opens every stream that is not open. */
  open(address: string): void {
    for (const client of this.#clients) {
      if (client.isOpen) continue;
      if (client.isComplete) this.#resuming.add(client);
      client.open(address);
    }
  }

  /** Waits until every proxy that came back has been dealt with. @returns how many have not after `timeoutMs`. */
  async resumed(timeoutMs: number): Promise<number> {
    await this.#until(() => this.#resuming.size === 0, timeoutMs);
    return this.#resuming.size;
  }

  /** Waits until every proxy has its state, and tells when each had it; those missing after `timeoutMs` never got it. */
  async complete(timeoutMs: number): Promise<readonly number[]> {
    await this.#until(() => this.#completeMs.length === this.#clients.length, timeoutMs);
    return this.#completeMs;
  }

  /** Waits until no stream is open any more. */
  async ended(timeoutMs: number): Promise<void> {
    await this.#until(() => this.#clients.every((client) => !client.isOpen), timeoutMs);
  }

  /** Listens for a change from now on. */
  expect(expectation: Expectation): void {
    const marker = Buffer.from(expectation.marker);
    this.#waiting = { expectation, marker, heardMs: [], answeredMs: [], heard: new Set(), answered: new Set() };
  }

  /** Waits until every open proxy has heard of the change and acknowledged it. */
  async heard(timeoutMs: number): Promise<Heard> {
    const waiting = this.#waiting;
    if (waiting === undefined) throw new Error('no change is expected');
    const open = this.#clients.filter((client) => client.isOpen).length;
    await this.#until(() => waiting.answered.size >= open, timeoutMs);
    this.#waiting = undefined;
    return { heardMs: waiting.heardMs, answeredMs: waiting.answeredMs };
  }

  /** Closes all but the first `kept` proxies. */
  keep(kept: number): void {
    for (const client of this.#clients.slice(kept)) client.close();
  }

  onComplete(): void {
    this.#completeMs.push(monotonicMs());
    this.#notify();
  }

  onResumed(client: ProxyClient): void {
    this.#resuming.delete(client);
    this.#notify();
  }

  onResponse(client: ProxyClient, response: ScannedResponse): void {
    // The bench's own question is none of what a resumption costs.
    if (isProbeAnswer(response)) return;
    const { typeUrl, bytes } = response;
    const traffic = this.#traffic;
    this.#traffic = { ...traffic, bytes: traffic.bytes + bytes.length, responses: traffic.responses + 1 };
    this.#record(client, typeUrl, bytes);
    const waiting = this.#waiting;
    if (waiting?.expectation.typeUrl !== typeUrl || waiting.heard.has(client) || !bytes.includes(waiting.marker))
      return;
    waiting.heard.add(client);
    waiting.heardMs.push(monotonicMs());
  }

  onAnswered(client: ProxyClient, typeUrl: TypeUrl): void {
    const waiting = this.#waiting;
    if (waiting?.expectation.typeUrl !== typeUrl) return;
    if (!waiting.heard.has(client) || waiting.answered.has(client)) return;
    waiting.answered.add(client);
    waiting.answeredMs.push(monotonicMs());
    this.#notify();
  }

  onEnd(_client: ProxyClient, reason: string): void {
    this.#traffic = { ...this.#traffic, ended: this.#traffic.ended + 1, lastReason: reason };
    this.#notify();
  }

  #record(client: ProxyClient, typeUrl: TypeUrl, bytes: Buffer): void {
    const recorded = this.#recorded.get(client);
    if (recorded === undefined) return;
    if (!client.isComplete) recorded.connect.set(typeUrl, [...(recorded.connect.get(typeUrl) ?? []), bytes]);
    const kind = this.#waiting?.expectation.record;
    if (kind !== undefined) recorded.changes[kind].push(bytes);
  }

  /** Resolves when `isTrue`, which is asked again at every `#notify`, or when time is up. */
  #until(isTrue: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#notify = () => {};
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#notify = () => {
        if (isTrue()) finish();
      };
      this.#notify();
    });
  }
}
