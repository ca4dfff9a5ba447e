import type { ChannelOptions, Server, ServiceDefinition } from '@grpc/grpc-js';
import { type Clock, systemClock } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import { decodeRequest, type StreamKind, toConnection, versionOf, type XdsCall } from './admission.ts';
import { BytesInFlight } from './bytes-in-flight.ts';
import { toGrpcStatus, xdsFault } from './fault-status.ts';
import * as metrics from './metrics.ts';
import { PushQueue } from './push-queue.ts';
import { type Answerer, encodeAnswer, isQuestion, namesOf } from './question.ts';
import type { XdsRequest } from './request-decoding.ts';
import { type SplicedResponse, toGrpcMessage } from './response-encoding.ts';
import { type ResponseWriter, Session, type SessionContext, type StreamStatus } from './session.ts';
import { HEALTH_TYPE, type TypeUrl } from './type-url.ts';
import type { ViewSource } from './view-source.ts';

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService/';

/** Messages stay encoded: they are read and spliced by this folder itself. */
const STREAM_OF_BYTES = {
  requestStream: true,
  responseStream: true,
  requestSerialize: (bytes: Buffer) => bytes,
  requestDeserialize: (bytes: Buffer) => bytes,
  responseSerialize: (response: Buffer | SplicedResponse) =>
    Buffer.isBuffer(response) ? response : toGrpcMessage(response),
  responseDeserialize: (bytes: Buffer) => bytes,
} as const;

/** Envoy's aggregated discovery service, for grpc-js. @see envoy/service/discovery/v3/ads.proto */
export const aggregatedDiscoveryService = {
  StreamAggregatedResources: { path: `${SERVICE}StreamAggregatedResources`, ...STREAM_OF_BYTES },
  DeltaAggregatedResources: { path: `${SERVICE}DeltaAggregatedResources`, ...STREAM_OF_BYTES },
} as const satisfies ServiceDefinition;

const UNLIMITED = -1;
const ANSWER_NONCE = 'answer-';

/**
 * The largest request that is taken in, in bytes, unless someone says otherwise: what proxies ask for is small, and a
 * stranger's request lies in memory whole before anyone can look at it.
 */
export const MAX_REQUEST_BYTES = 4 * 2 ** 20;

/**
 * What a grpc-js server of this service should be created with: istiod's limit on requests and its keepalive, and no
 * limit on responses, since a large mesh's clusters take more than the usual 4 MiB.
 * @see Istio pilot/pkg/grpc/grpc.go `ServerOptions`, pkg/keepalive/options.go
 */
export const xdsChannelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_REQUEST_BYTES,
  'grpc.max_send_message_length': UNLIMITED,
  'grpc.max_concurrent_streams': 100_000,
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/** Settings of the protocol; the defaults are good for a thousand proxies on one core. */
export interface XdsServerOptions {
  readonly clock?: Clock;
  /** How long an unanswered response holds back what would follow it, in milliseconds. Default 5000. */
  readonly patienceMs?: number;
  /** Written bytes that a stream's connection has not taken, beyond which it writes nothing more. Default 256 KiB. */
  readonly maxStreamBytes?: number;
  /** The same over all streams. Default 64 MiB. */
  readonly maxTotalBytes?: number;
  /** After how many milliseconds a reader that takes nothing stops counting among all streams. Default 1000. */
  readonly stallMs?: number;
}

/** Which streams to push to, and why. */
export interface PushOptions {
  /** The types that may have changed; any, when absent. */
  readonly types?: Iterable<TypeUrl>;
  /** For the log. */
  readonly reason: string;
  /** When the change was noticed, in the clock's monotonic milliseconds; now, when absent. */
  readonly sinceMs?: number;
}

interface OpenSession {
  readonly session: Session;
  readonly call: XdsCall;
}

/** New proxies leave this part of the bytes in flight to those that are served already. */
const JOINING_SHARE = 0.75;

/**
 * The server side of the discovery protocol: admits streams, and pushes to them what changes in their views.
 */
export class XdsServer {
  readonly #source: ViewSource;
  readonly #context: SessionContext;
  readonly #sessions = new Map<string, OpenSession>();
  readonly #calls = new Set<XdsCall>();
  #answerer: Answerer | undefined;
  #connections = 0;
  #answers = 0;
  #largestRequest = 0;
  #stopping: Fault | undefined;
  #drained: PromiseWithResolvers<void> | undefined;

  constructor(source: ViewSource, options: XdsServerOptions = {}) {
    const { clock = systemClock, maxTotalBytes = 64 * 2 ** 20, stallMs = 1000 } = options;
    const bytesInFlight = new BytesInFlight({ maxBytes: maxTotalBytes, stallMs, clock, onRoom: () => queue.resume() });
    const queue = new PushQueue({
      hasRoom: (isJoining) => bytesInFlight.hasRoom(isJoining ? JOINING_SHARE : 1),
      defer: setImmediate,
      now: () => clock.monotonic(),
    });
    const { patienceMs = 5000, maxStreamBytes = 256 * 2 ** 10 } = options;
    this.#source = source;
    this.#context = { queue, bytesInFlight, clock, log: createLog('ads'), patienceMs, maxStreamBytes };
  }

  /**
   * Serves the discovery service on a grpc-js server; any number of servers may serve it.
   * @param transport How this server's peers reach it: a call cannot tell when no client certificate is involved.
   */
  addTo(server: Server, transport: StreamKind['transport']): void {
    server.addService(aggregatedDiscoveryService, {
      StreamAggregatedResources: (call: XdsCall) => void this.#serve(call, { protocol: 'sotw', transport }),
      DeltaAggregatedResources: (call: XdsCall) => void this.#serve(call, { protocol: 'delta', transport }),
    });
  }

  /** Says who answers questions from now on; until then they are refused. */
  answerWith(answerer: Answerer): void {
    this.#answerer = answerer;
  }

  /** Makes every stream look at its view again. */
  pushAll(options: PushOptions): void {
    this.push(this.#sessions.keys(), options);
  }

  /** Makes these streams look at their views again; those that have ended are passed over. */
  push(ids: Iterable<string>, { types, reason, sinceMs = this.#context.clock.monotonic() }: PushOptions): void {
    const notice = { sinceMs, ...(types === undefined ? {} : { types: new Set(types) }) };
    let streams = 0;
    for (const id of ids) {
      const open = this.#sessions.get(id);
      if (open === undefined) continue;
      open.session.push(notice);
      streams++;
    }
    this.#context.log.debug({ event: 'xds.push', reason, streams }, 'streams look at their views again');
  }

  /** All admitted streams, for debug pages. */
  streams(): readonly StreamStatus[] {
    return Array.from(this.#sessions.values(), ({ session }) => session.status());
  }

  /** Ends one stream, which its proxy will open again; false when there is none of that id. */
  disconnect(id: string): boolean {
    const call = this.#sessions.get(id)?.call;
    if (call !== undefined) endCall(call, xdsFault('XDS_STOPPING', 'disconnected by an operator'));
    return call !== undefined;
  }

  /**
   * Refuses new streams and ends those that are open, each once its written responses are on their way. Proxies keep
   * their configuration and connect elsewhere.
   * @param deadline Cuts off, when aborted, what has not ended.
   */
  async drain(deadline: AbortSignal): Promise<void> {
    this.#stopping ??= xdsFault('XDS_STOPPING', 'the control plane is stopping');
    const cutOff = () => {
      for (const call of this.#calls) call.destroy();
    };
    deadline.addEventListener('abort', cutOff, { once: true });
    for (const call of this.#calls) endCall(call, this.#stopping);
    if (deadline.aborted) cutOff();
    this.#drained ??= Promise.withResolvers();
    if (this.#calls.size === 0) this.#drained.resolve();
    await this.#drained.promise;
    deadline.removeEventListener('abort', cutOff);
  }

  async #serve(call: XdsCall, kind: StreamKind): Promise<void> {
    // Errors end the stream one way or the other; without a listener they would end the process.
    call.on('error', () => {});
    this.#calls.add(call);
    try {
      if (this.#stopping !== undefined) throw this.#stopping;
      await this.#read(call, kind);
      call.end();
    } catch (error) {
      this.#refuse(call, error);
    } finally {
      this.#calls.delete(call);
      if (this.#calls.size === 0) this.#drained?.resolve();
    }
  }

  /** Reads the stream to its end: the first request opens the session, which takes in the rest. */
  async #read(call: XdsCall, kind: StreamKind): Promise<void> {
    let session: Session | undefined;
    try {
      for await (const bytes of call.iterator({ destroyOnReturn: false })) {
        const request = decodeRequest(kind.protocol, bytes);
        this.#noteSize(bytes.length);
        if (session === undefined && request.typeUrl === HEALTH_TYPE) {
          this.#context.log.warn({ event: 'xds.early-health' }, 'health was reported before the proxy named itself');
          continue;
        }
        session ??= await this.#admit(call, request, kind);
        if (isQuestion(request.typeUrl)) await this.#answer(call, session, request);
        else session.receive(request);
      }
    } finally {
      if (session !== undefined) this.#dismiss(session);
    }
  }

  async #admit(call: XdsCall, request: XdsRequest, kind: StreamKind): Promise<Session> {
    const connection = toConnection(call, request, kind, ++this.#connections);
    const handle = await this.#source.connect(connection);
    if (hasEnded(call)) {
      handle.close();
      throw xdsFault('XDS_STOPPING', 'the stream ended while it was admitted');
    }
    const session = new Session(toWriter(call), connection, handle, this.#context);
    this.#sessions.set(connection.id, { session, call });
    metrics.countConnection(versionOf(connection.node), 1);
    const { id, peerAddress, protocol } = connection;
    this.#context.log.info({ event: 'xds.connected', proxy: id, peerAddress, protocol }, 'proxy connected');
    return session;
  }

  async #answer(call: XdsCall, { connection }: Session, request: XdsRequest): Promise<void> {
    const { typeUrl, responseNonce } = request;
    // What answers an answer asks nothing. Other nonces do not count: istioctl makes one up for its first request.
    if (responseNonce.startsWith(ANSWER_NONCE)) return;
    if (this.#answerer === undefined) throw xdsFault('XDS_REQUEST_INVALID', `${typeUrl} is not served here`);
    const { identifier } = this.#answerer;
    const parts = await this.#answerer.answer({ connection, typeUrl, names: namesOf(request) });
    const nonce = `${ANSWER_NONCE}${++this.#answers}`;
    if (!hasEnded(call)) call.write(encodeAnswer(connection.protocol, { typeUrl, nonce, identifier }, parts));
  }

  #dismiss(session: Session): void {
    const { id, node } = session.connection;
    this.#sessions.delete(id);
    metrics.countConnection(versionOf(node), -1);
    session.close();
    this.#context.log.info({ event: 'xds.disconnected', proxy: id }, 'proxy disconnected');
  }

  #noteSize(bytes: number): void {
    if (bytes <= this.#largestRequest) return;
    this.#largestRequest = bytes;
    metrics.largestRequest.set(bytes);
  }

  #refuse(call: XdsCall, error: unknown): void {
    if (hasEnded(call)) return;
    const fault = Fault.from(error);
    const fields = { event: 'xds.refused', code: fault.code, detail: fault.message };
    if (fault.code === 'INTERNAL') this.#context.log.error({ ...fields, err: error }, 'a stream could not be served');
    else this.#context.log.warn(fields, 'a stream was refused');
    endCall(call, fault);
  }
}

function toWriter(call: XdsCall): ResponseWriter {
  return {
    write(response, onTaken) {
      // Writing to an ended call would replace the status that it ended with.
      if (hasEnded(call)) onTaken(new Error('the stream has ended'));
      else call.write(response, onTaken);
    },
  };
}

function hasEnded(call: XdsCall): boolean {
  return call.destroyed || call.writableEnded;
}

/**
 * Ends a call with the status that a fault stands for, after what was written. grpc-js takes a status as an error that
 * is emitted on the call.
 */
function endCall(call: XdsCall, fault: Fault): void {
  call.emit('error', toGrpcStatus(fault));
}
