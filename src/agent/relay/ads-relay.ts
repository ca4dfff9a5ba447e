import { Fault } from '../../kit/fault.ts';
import { createLog } from '../../kit/log.ts';
import type { Metadata } from '../grpc/call.ts';
import type { ClientCall, GrpcChannel } from '../grpc/channel.ts';
import type { Handler, ServerCall } from '../grpc/server.ts';
import { type GrpcStatus, STATUS } from '../grpc/status.ts';
import { type AdsForm, readHead } from './ads-message.ts';
import { answerLocally, encodeSubscription } from './local-answers.ts';
import type { LocalType } from './local-type.ts';

const log = createLog('xdsproxy');

const SERVICE = '/envoy.service.discovery.v3.AggregatedDiscoveryService';
const METHODS: Readonly<Record<AdsForm, string>> = {
  sotw: `${SERVICE}/StreamAggregatedResources`,
  delta: `${SERVICE}/DeltaAggregatedResources`,
};
const LISTENER_TYPE = 'type.googleapis.com/envoy.config.listener.v3.Listener';
/** What Envoy knows: its own types, and what Istio's build of it knows of workloads. */
const FORWARDED = /^type\.googleapis\.com\/(envoy\.|istio\.workload\.Workload$)/;

/** Statuses by which a control plane says that it does not believe who this is. */
const REFUSED: ReadonlySet<number> = new Set([STATUS.unauthenticated, STATUS.permissionDenied]);

/** What happens on the way between Envoy and the control plane. */
export interface RelayListener {
  /** Told of every request of Envoy's, and every response to it. */
  onRequest?(typeUrl: string): void;
  onResponse?(typeUrl: string): void;
  /** The control plane could not be reached. */
  onConnectionFailure?(): void;
  /** A stream to the control plane ended, by itself or with an error. */
  onUpstreamEnd?(how: 'cancelled' | 'error'): void;
  /** Envoy's own stream ended. */
  onEnvoyEnd?(how: 'cancelled' | 'error'): void;
}

export interface AdsRelayOptions {
  readonly channel: GrpcChannel;
  /** What proves to the control plane who this is; read anew for each stream. */
  readonly credentials: () => Promise<Metadata>;
  /** For a message that the control plane has refused them. */
  readonly describeCredentials?: () => string;
  readonly localTypes: readonly LocalType[];
  readonly listener?: RelayListener;
}

/**
 * Passes ADS between the Envoy of this pod and the control plane, over one stream each. Nothing is kept here: when the control plane goes, Envoy's
 * stream ends with it, and Envoy, which opens another, says by itself what it has.
 * @see istio pkg/istio-agent/xds_proxy.go
 */
export class AdsRelay {
  readonly #options: AdsRelayOptions;
  #present: AbortController | undefined;

  constructor(options: AdsRelayOptions) {
    this.#options = options;
  }

  /** For a server on Envoy's socket. */
  get handlers(): Readonly<Record<string, Handler>> {
    return {
      [METHODS.sotw]: (call) => this.#serve(call, 'sotw'),
      [METHODS.delta]: (call) => this.#serve(call, 'delta'),
    };
  }

  /** Ends the present stream, so that the next one uses other credentials or another control plane. */
  reconnect(): void {
    this.#present?.abort();
  }

  async #serve(call: ServerCall, form: AdsForm): Promise<GrpcStatus> {
    // One Envoy, one stream: an older one is of a connection that Envoy has given up.
    this.#present?.abort();
    const ended = new AbortController();
    this.#present = ended;
    const signal = AbortSignal.any([ended.signal, call.signal]);
    const { listener } = this.#options;
    let upstream: ClientCall;
    try {
      upstream = await this.#open(form, signal);
    } catch (err) {
      const fault = Fault.from(err);
      listener?.onConnectionFailure?.();
      log.warn({ event: 'xds.unavailable', code: fault.code }, `no connection to the control plane: ${fault.message}`);
      return { code: STATUS.unavailable, message: fault.message };
    }
    // Ends when either side does.
    void this.#passRequests(call, upstream, form);
    const status = await this.#passResponses(call, upstream, form);
    upstream.cancel();
    const isOver = call.signal.aborted;
    if (isOver) listener?.onEnvoyEnd?.('cancelled');
    else listener?.onUpstreamEnd?.(status.code === STATUS.ok ? 'cancelled' : 'error');
    if (!isOver) this.#logEnd(status);
    return status;
  }

  #logEnd({ code, message }: GrpcStatus): void {
    const reason = message || 'no reason given';
    const sent = REFUSED.has(code) ? this.#options.describeCredentials?.() : undefined;
    const text = `the control plane ended the stream: ${reason}`;
    if (sent === undefined) log.info({ event: 'xds.ended', status: code }, text);
    else log.warn({ event: 'xds.ended', status: code }, `${text}; ${sent}`);
  }

  async #open(form: AdsForm, signal: AbortSignal): Promise<ClientCall> {
    const { channel, credentials } = this.#options;
    return channel.open(METHODS[form], { metadata: await credentials(), signal });
  }

  async #passRequests(call: ServerCall, upstream: ClientCall, form: AdsForm): Promise<void> {
    let isSubscribed = false;
    try {
      for await (const message of call.stream.messages()) {
        const { typeUrl } = readHead(message, form, 'request');
        this.#options.listener?.onRequest?.(typeUrl);
        await upstream.stream.send(message);
        // By then the control plane knows from Envoy's first request who asks.
        if (typeUrl !== LISTENER_TYPE || isSubscribed) continue;
        isSubscribed = true;
        for (const local of this.#options.localTypes)
          await upstream.stream.send(encodeSubscription(local.typeUrl, form));
      }
    } catch (err) {
      log.debug({ event: 'xds.envoy', err }, "Envoy's stream broke");
    } finally {
      upstream.cancel();
    }
  }

  async #passResponses(call: ServerCall, upstream: ClientCall, form: AdsForm): Promise<GrpcStatus> {
    try {
      for await (const message of upstream.stream.messages())
        await this.#passResponse(message, { call, upstream, form });
    } catch (err) {
      log.debug({ event: 'xds.upstream', err }, 'the stream to the control plane broke');
      upstream.cancel();
    }
    return upstream.status;
  }

  async #passResponse(
    message: Buffer,
    { call, upstream, form }: { readonly call: ServerCall; readonly upstream: ClientCall; readonly form: AdsForm },
  ): Promise<void> {
    const { typeUrl } = readHead(message, form, 'response');
    this.#options.listener?.onResponse?.(typeUrl);
    const local = this.#options.localTypes.find((type) => type.typeUrl === typeUrl);
    if (local !== undefined) await upstream.stream.send(answerLocally(local, message, form));
    else if (FORWARDED.test(typeUrl)) await call.stream.send(message);
    else
      log.error({ event: 'xds.unknown', type: typeUrl }, `the control plane sent ${typeUrl}, which nobody here knows`);
  }
}
