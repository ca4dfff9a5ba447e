import type { Clock, Timer } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import type { BytesInFlight, Lease } from './bytes-in-flight.ts';
import * as metrics from './metrics.ts';
import type { PushQueue, PushTarget } from './push-queue.ts';
import type { Refusal, XdsRequest } from './request-decoding.ts';
import type { SplicedResponse } from './response-encoding.ts';
import { type Outgoing, XdsStream } from './stream.ts';
import { getTypeTraits, HEALTH_TYPE, type TypeUrl } from './type-url.ts';
import type { ConnectionRequest, NackFact, ProxyHandle } from './view-source.ts';
import type { WatchStatus } from './watch.ts';

/** Where a session writes its responses. */
export interface ResponseWriter {
  /** @param onTaken Called once the connection has taken all of it, or with the error that kept it from that. */
  write(response: SplicedResponse, onTaken: (error?: Error | null) => void): void;
}

/** What a session shares with the others. */
export interface SessionContext {
  readonly queue: PushQueue;
  readonly bytesInFlight: BytesInFlight;
  readonly clock: Clock;
  readonly log: Logger;
  /** @see StreamOptions.patienceMs */
  readonly patienceMs: number;
  /** Beyond this many written bytes that its connection has not taken, a stream writes nothing more. */
  readonly maxStreamBytes: number;
}

/** A change that a stream is told of. */
export interface PushNotice {
  /** The types that may have changed; any, when absent. */
  readonly types?: ReadonlySet<TypeUrl>;
  /** When the change was noticed, in monotonic milliseconds. */
  readonly sinceMs: number;
}

/** One admitted stream, as debug pages show it. */
export interface StreamStatus
  extends Pick<ConnectionRequest, 'id' | 'node' | 'peerAddress' | 'protocol' | 'transport'> {
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly types: readonly WatchStatus[];
}

/**
 * One admitted stream: the protocol's state, bound to its transport, its place in the queue and its proxy's handle.
 */
export class Session implements PushTarget {
  readonly connection: ConnectionRequest;
  readonly #writer: ResponseWriter;
  readonly #handle: ProxyHandle;
  readonly #context: SessionContext;
  readonly #log: Logger;
  readonly #stream: XdsStream;
  readonly #rejects: metrics.StreamRejects;
  readonly #connectedAt: number;
  readonly #leases = new Set<Lease>();
  #unsentBytes = 0;
  #retry: Timer | undefined;
  #push: { readonly sinceMs: number; readonly hadTurn: boolean } | undefined;
  #isJoining = true;
  #waitsForRoom = false;
  #isClosed = false;

  constructor(writer: ResponseWriter, connection: ConnectionRequest, handle: ProxyHandle, context: SessionContext) {
    this.connection = connection;
    this.#writer = writer;
    this.#handle = handle;
    this.#context = context;
    this.#log = context.log.child({ proxy: connection.id });
    this.#rejects = new metrics.StreamRejects(connection.node.id);
    this.#connectedAt = context.clock.now();
    this.#stream = new XdsStream({
      protocol: connection.protocol,
      noncePrefix: `${connection.id.slice(connection.id.lastIndexOf('-') + 1)}-`,
      view: () => handle.view(),
      clock: context.clock,
      patienceMs: context.patienceMs,
      listener: {
        onAck: (fact) => this.#report(() => handle.onAck(fact)),
        onNack: (fact, refusal) => this.#reportNack(fact, refusal),
        onExpiredNonce: (typeUrl) => metrics.expiredNonces.add(1, { type: getTypeTraits(typeUrl).metric }),
      },
    });
  }

  get isJoining(): boolean {
    return this.#isJoining;
  }

  /** For people: who it is, what it watches, what it holds. */
  status(): StreamStatus {
    const { id, node, peerAddress, protocol, transport } = this.connection;
    return { id, node, peerAddress, protocol, transport, connectedAt: this.#connectedAt, types: this.#stream.status() };
  }

  /** Takes a request in. A defect that it meets costs that request alone. */
  receive(request: XdsRequest): void {
    try {
      if (request.typeUrl === HEALTH_TYPE) this.#reportHealth(request.refusal);
      else this.#stream.receive(request);
      this.#isJoining = this.#stream.isJoining;
    } catch (err) {
      this.#reportDefect(err, 'a request could not be handled');
    }
    this.#context.queue.add(this);
  }

  /** Makes the stream look at its view again, when its turn comes. */
  push({ types, sinceMs }: PushNotice): void {
    this.#push ??= { sinceMs, hadTurn: false };
    this.#stream.markStale(types);
    this.#context.queue.add(this);
  }

  takeTurn(): boolean {
    this.#waitsForRoom = this.#unsentBytes >= this.#context.maxStreamBytes;
    if (this.#isClosed || this.#waitsForRoom) return false;
    this.#noteTurn();
    try {
      return this.#writeNext();
    } catch (err) {
      this.#reportDefect(err, 'a push failed; the proxy keeps what it has');
      return false;
    }
  }

  /** Lets go of everything: the stream has ended. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#context.queue.remove(this);
    this.#retry?.cancel();
    for (const lease of this.#leases) lease.release();
    this.#rejects.clear();
    this.#report(() => this.#handle.close());
  }

  #writeNext(): boolean {
    const { clock } = this.#context;
    const started = clock.monotonic();
    const outgoing = this.#stream.next();
    if (outgoing === undefined) {
      this.#rest();
      return false;
    }
    metrics.pushTime.observe(toSeconds(clock.monotonic() - started), { type: outgoing.metric });
    this.#write(outgoing);
    return true;
  }

  #write({ response, metric, typeUrl, nonce, resources }: Outgoing): void {
    const { bytesInFlight, clock, queue } = this.#context;
    const bytes = response.length;
    const started = clock.monotonic();
    const lease = bytesInFlight.take(bytes);
    this.#leases.add(lease);
    this.#unsentBytes += bytes;
    metrics.configSize.observe(bytes, { type: typeUrl });
    this.#writer.write(response, (error) => {
      this.#unsentBytes -= bytes;
      this.#leases.delete(lease);
      lease.release();
      metrics.pushes.add(1, { type: error ? `${metric}_senderr` : metric });
      metrics.sendTime.observe(toSeconds(clock.monotonic() - started));
      if (this.#waitsForRoom && !this.#isClosed) queue.add(this);
    });
    this.#isJoining = this.#stream.isJoining;
    this.#report(() => this.#handle.onSent?.({ typeUrl, metric, nonce, resources, bytes }));
    if (this.#log.writes('debug')) {
      this.#log.debug({ event: 'xds.pushed', type: metric, nonce, resources, bytes }, 'sent a response');
    }
  }

  /** Nothing to write at present: notes when to look again, or that the last push is complete. */
  #rest(): void {
    const { clock, queue } = this.#context;
    this.#retry?.cancel();
    this.#retry = undefined;
    const retryAtMs = this.#stream.retryAtMs;
    if (retryAtMs !== undefined) {
      this.#retry = clock.setTimeout(() => queue.add(this), retryAtMs - clock.monotonic());
    } else if (this.#push !== undefined) {
      metrics.convergenceTime.observe(toSeconds(clock.monotonic() - this.#push.sinceMs));
      this.#push = undefined;
    }
    if (retryAtMs === undefined && this.#stream.isAnswered) this.#report(() => this.#handle.onSettled?.());
  }

  #noteTurn(): void {
    if (this.#push === undefined || this.#push.hadTurn) return;
    metrics.queueTime.observe(toSeconds(this.#context.clock.monotonic() - this.#push.sinceMs));
    this.#push = { ...this.#push, hadTurn: true };
  }

  #reportNack(fact: NackFact, { code }: Refusal): void {
    const { metric } = getTypeTraits(fact.typeUrl);
    metrics.rejects.add(1, { type: metric });
    this.#rejects.add(fact.typeUrl, code);
    this.#log.warn(
      { event: 'xds.nack', type: metric, nonce: fact.nonce, version: fact.version, detail: fact.message },
      'proxy rejected the update and keeps its last one',
    );
    this.#report(() => this.#handle.onNack(fact));
  }

  #reportHealth(refusal: Refusal | undefined): void {
    this.#handle.onHealth?.(refusal === undefined ? { healthy: true } : { healthy: false, message: refusal.message });
  }

  /** Tells the handle something; what that throws must not keep the protocol from going on. */
  #report(tell: () => void): void {
    try {
      tell();
    } catch (err) {
      this.#reportDefect(err, 'a fact about a proxy could not be taken in');
    }
  }

  #reportDefect(err: unknown, message: string): void {
    metrics.internalErrors.add(1);
    this.#log.error({ event: 'xds.defect', err }, message);
  }
}

const MS_PER_SECOND = 1000;

function toSeconds(ms: number): number {
  return ms / MS_PER_SECOND;
}
