import type { Clock } from '../kit/clock.ts';
import { unreachable } from '../kit/unreachable.ts';
import { readDeltaRequest } from './delta.ts';
import type { Refusal, XdsRequest } from './request-decoding.ts';
import type { RequestReading } from './request-reading.ts';
import type { ProxyView } from './resource.ts';
import { type SplicedResponse, spliceResponse } from './response-encoding.ts';
import { readSotwRequest } from './sotw.ts';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE, type TypeUrl } from './type-url.ts';
import { lastingVersionOf, type Update } from './update.ts';
import type { AckFact, NackFact, XdsProtocol } from './view-source.ts';
import { listResources, NO_CLAIMS, Watch, type WatchStatus } from './watch.ts';

/** What a stream tells those around it. */
export interface StreamListener {
  onAck(fact: AckFact): void;
  onNack(fact: NackFact, refusal: Refusal): void;
  /** A request answered a response that had been overtaken. */
  onExpiredNonce(typeUrl: TypeUrl): void;
}

/** What a stream needs. */
export interface StreamOptions {
  readonly protocol: XdsProtocol;
  /** Makes nonces differ between streams, for those who read logs. */
  readonly noncePrefix: string;
  /** What the proxy may see now. */
  readonly view: () => ProxyView;
  readonly listener: StreamListener;
  readonly clock: Clock;
  /** How long an unanswered response holds back what would follow it, in milliseconds. */
  readonly patienceMs: number;
}

/** A response, ready to be written. */
export interface Outgoing {
  readonly typeUrl: TypeUrl;
  /** The type's name in metrics. */
  readonly metric: string;
  readonly nonce: string;
  readonly version: string;
  /** How many resources it carries. */
  readonly resources: number;
  readonly response: SplicedResponse;
}

/** Stands for a refused response that is not known any more. */
const UNKNOWN_RESPONSE = { version: '', removed: [], batches: [], fresh: [] };

const ROUTING_TYPES: readonly TypeUrl[] = [LISTENER_TYPE, ROUTE_TYPE];

/**
 * The state of one stream, of either protocol, without its transport: requests go in, responses come out.
 *
 * What is told next is worked out when there is room to write it, never before, so that newer state replaces what
 * waits. Of each type at most one response is unanswered. The order is make-before-break:
 *
 * - clusters, then endpoints, then listeners, then routes;
 * - changed listeners and routes wait until new clusters are accepted: Envoy accepts them once they are warm;
 * - clusters that are gone are taken away when listeners and routes have been accepted, endpoints and routes that are
 *   gone after that.
 *
 * What a client asks for is answered at once, whatever waits: Envoy accepts clusters only when their endpoints and
 * secrets have come. And nothing waits longer than `patienceMs`, lest one cluster that never warms freezes the rest.
 */
export class XdsStream {
  readonly #options: StreamOptions;
  /** In the order of pushes. */
  #watches: readonly Watch[] = [];
  #responses = 0;
  /** Types that the client wanted nothing of any more: it has thrown away what it had of them, whatever version it tells. */
  readonly #dropped = new Set<TypeUrl>();

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  /** Whether the client has answered everything that was written. */
  get isAnswered(): boolean {
    return this.#watches.every((watch) => watch.inFlight === undefined);
  }

  /** The watches as people want to see them. */
  status(): readonly WatchStatus[] {
    return this.#watches.map((watch) => watch.status());
  }

  /** Whether the proxy still waits for the first answer to something that Envoy starts with. */
  get isJoining(): boolean {
    if (this.#responses === 0) return true;
    const unanswered = this.#watches.filter((watch) => watch.isFirst);
    return unanswered.length > 0 && unanswered.some(({ typeUrl }) => this.#options.view().layers.has(typeUrl));
  }

  /** Takes a request in; what it asks for comes out of `next`. */
  receive(request: XdsRequest): void {
    const watch = this.#find(request.typeUrl);
    const reading = request.protocol === 'sotw' ? readSotwRequest(request, watch) : readDeltaRequest(request, watch);
    this.#answer(request, reading, watch);
    this.#follow(request.typeUrl, reading, watch);
  }

  /** The view may have changed, in these types or in any. */
  markStale(types?: ReadonlySet<TypeUrl>): void {
    for (const watch of this.#watches) if (types?.has(watch.typeUrl) ?? true) watch.markStale();
  }

  /** The next response, `undefined` when nothing is to be told, or nothing can be yet. */
  next(): Outgoing | undefined {
    const { layers } = this.#options.view();
    return this.#nextChange(layers) ?? this.#nextRemoval(layers);
  }

  /** When, in monotonic milliseconds, patience with an unanswered response ends and `next` may have more to say. */
  get retryAtMs(): number | undefined {
    const { view, clock, patienceMs } = this.#options;
    const { layers } = view();
    if (!this.#watches.some((watch) => isPending(watch, layers))) return undefined;
    const now = clock.monotonic();
    const ends = this.#watches
      .flatMap(({ inFlight }) => (inFlight === undefined ? [] : [inFlight.sentAtMs, inFlight.waitingSinceMs]))
      .map((since) => since + patienceMs)
      .filter((end) => end > now);
    return ends.length > 0 ? Math.min(...ends) : undefined;
  }

  #find(typeUrl: TypeUrl): Watch | undefined {
    return this.#watches.find((watch) => watch.typeUrl === typeUrl);
  }

  /** Reports the ACK or NACK that a request may be. */
  #answer(request: XdsRequest, reading: RequestReading, watch: Watch | undefined): void {
    const { listener } = this.#options;
    const { typeUrl, responseNonce: nonce, refusal } = request;
    const isCurrent = nonce !== '' && nonce === watch?.nonce && reading.kind !== 'opened';
    if (refusal !== undefined) {
      const refused = isCurrent ? watch?.refuse(refusal) : undefined;
      if (refused === undefined) watch?.noteRefusal(refusal);
      const { version, removed, batches, fresh } = refused ?? UNKNOWN_RESPONSE;
      const resources = listResources(batches);
      const suspects = listResources(fresh);
      listener.onNack({ typeUrl, nonce, version, message: refusal.message, resources, suspects, removed }, refusal);
    } else if (isCurrent) {
      const accepted = watch?.accept();
      if (accepted !== undefined) listener.onAck({ typeUrl, nonce, version: accepted.version });
    }
    if (reading.kind === 'expired') listener.onExpiredNonce(typeUrl);
  }

  /** Takes over what the client wants from now on. */
  #follow(typeUrl: TypeUrl, reading: RequestReading, watch: Watch | undefined): void {
    switch (reading.kind) {
      case 'closed':
        this.#watches = this.#watches.filter((other) => other !== watch);
        if (watch !== undefined) this.#dropped.add(typeUrl);
        return;
      case 'opened': {
        const opened = watch ?? this.#open(typeUrl);
        opened.restart();
        opened.subscribe(reading.change, this.#dropped.has(typeUrl) ? NO_CLAIMS : reading.claims);
        return;
      }
      case 'answered':
      case 'changed':
      case 'expired':
        if (reading.change !== undefined) watch?.subscribe(reading.change);
        return;
      case 'stray':
        return;
      default:
        unreachable(reading);
    }
  }

  #open(typeUrl: TypeUrl): Watch {
    const watch = new Watch(typeUrl, this.#options.protocol);
    this.#watches = [...this.#watches, watch].sort((a, b) => a.traits.order - b.traits.order);
    return watch;
  }

  #nextChange(layers: ProxyView['layers']): Outgoing | undefined {
    for (const watch of this.#watches) {
      const visible = layers.get(watch.typeUrl);
      if (visible === undefined || !watch.isDue || this.#isBusy(watch)) continue;
      if (!watch.isAsked && this.#isHeldBack(watch, layers)) continue;
      this.#base(watch);
      const keepRemoved = watch.isResuming || !this.#mayRemove(watch, layers);
      const outgoing = this.#tell(watch, watch.compose(visible, keepRemoved));
      if (outgoing !== undefined) return outgoing;
    }
    return undefined;
  }

  #nextRemoval(layers: ProxyView['layers']): Outgoing | undefined {
    for (const watch of this.#watches) {
      const visible = layers.get(watch.typeUrl);
      if (visible === undefined || !watch.hasLingering || this.#isBusy(watch)) continue;
      if (!this.#mayRemove(watch, layers)) continue;
      const outgoing = this.#tell(watch, watch.compose(visible, false));
      if (outgoing !== undefined) return outgoing;
    }
    return undefined;
  }

  #tell(watch: Watch, update: Update): Outgoing | undefined {
    if (!update.send) {
      watch.settle(update);
      return undefined;
    }
    const { protocol, clock, noncePrefix } = this.#options;
    const { typeUrl } = watch;
    const nonce = `${noncePrefix}${(++this.#responses).toString(36)}`;
    const version = watch.versionAfter(update);
    const { batches, removed } = update;
    const response = spliceResponse({ protocol, typeUrl, version, nonce, removed }, batches);
    watch.send(update, { nonce, version, bytes: response.length, nowMs: clock.monotonic(), at: clock.now() });
    if (typeUrl === CLUSTER_TYPE) this.#repeatEndpoints(update);
    const resources = batches.reduce((sum, batch) => sum + batch.size, 0);
    return { typeUrl, metric: watch.traits.metric, nonce, version, resources, response };
  }

  /**
   * Envoy warms a cluster that changed like a new one, and waits for endpoints although it has them; it asks for
   * nothing, since it has subscribed to them already. A cluster's endpoints bear its name.
   */
  #repeatEndpoints({ fresh }: Update): void {
    const endpoints = this.#find(ENDPOINT_TYPE);
    if (endpoints === undefined) return;
    for (const batch of fresh) endpoints.repeat(batch.names);
  }

  /**
   * Endpoints count as held only for the clusters that the client had when it was told of them: they are told again for clusters that warm. So
   * their version tells of both, and a stream that breaks in between is noticed.
   */
  #base(watch: Watch): void {
    const clusters = watch.typeUrl === ENDPOINT_TYPE ? this.#find(CLUSTER_TYPE) : undefined;
    if (clusters !== undefined) watch.setBasis(lastingVersionOf(clusters.version));
  }

  #isBusy({ inFlight }: Watch): boolean {
    const { clock, patienceMs } = this.#options;
    return inFlight !== undefined && clock.monotonic() - inFlight.sentAtMs < patienceMs;
  }

  /** Whether changed listeners and routes have to wait for clusters and endpoints. */
  #isHeldBack(watch: Watch, layers: ProxyView['layers']): boolean {
    if (!ROUTING_TYPES.includes(watch.typeUrl)) return false;
    const clusters = this.#find(CLUSTER_TYPE);
    if (clusters !== undefined && (this.#isWarming(clusters) || isPending(clusters, layers))) return true;
    const endpoints = this.#find(ENDPOINT_TYPE);
    return endpoints !== undefined && isPending(endpoints, layers);
  }

  #isWarming({ inFlight }: Watch): boolean {
    const { clock, patienceMs } = this.#options;
    if (inFlight === undefined || inFlight.batches.length === 0) return false;
    return clock.monotonic() - inFlight.waitingSinceMs < patienceMs;
  }

  /** Whether nothing that the proxy still uses can need what this type has lost. */
  #mayRemove(watch: Watch, layers: ProxyView['layers']): boolean {
    const before = watch.typeUrl === CLUSTER_TYPE ? ROUTING_TYPES : [...ROUTING_TYPES, CLUSTER_TYPE];
    return before.every((typeUrl) => {
      const other = typeUrl === watch.typeUrl ? undefined : this.#find(typeUrl);
      return other === undefined || isSettled(other, layers);
    });
  }
}

function isPending(watch: Watch, layers: ProxyView['layers']): boolean {
  const visible = layers.get(watch.typeUrl);
  return visible !== undefined && watch.isPending(visible);
}

function isSettled(watch: Watch, layers: ProxyView['layers']): boolean {
  const owesRemoval = watch.typeUrl === CLUSTER_TYPE && watch.hasLingering;
  return watch.inFlight === undefined && !watch.isRefused && !owesRemoval && !isPending(watch, layers);
}
