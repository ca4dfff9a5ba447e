import { EMPTY_HOLDING, type Holding, type RefusedUpdate, type Situation } from './difference.ts';
import { areSameLayers, type Layers } from './layers.ts';
import { NameSet } from './name-set.ts';
import type { Refusal } from './request-decoding.ts';
import type { Resource } from './resource.ts';
import type { ResourceBatch } from './resource-batch.ts';
import { NOTHING, type Subscription, type SubscriptionChange } from './subscription.ts';
import { getTypeTraits, type TypeTraits, type TypeUrl } from './type-url.ts';
import { composeUpdate, type Update, versionOfHolding } from './update.ts';
import type { XdsProtocol } from './view-source.ts';

/** A response that was written and neither accepted nor refused yet. */
export interface InFlight {
  readonly nonce: string;
  readonly version: string;
  readonly batches: readonly ResourceBatch[];
  /** The part of `batches` that the client may not have had before. */
  readonly fresh: readonly ResourceBatch[];
  readonly removed: readonly string[];
  /** When it was written, in monotonic milliseconds. */
  readonly sentAtMs: number;
  /** Since when the client owes an answer; earlier than `sentAtMs` if this overtook an unanswered response. */
  readonly waitingSinceMs: number;
}

/** What a client says it holds from an earlier stream. */
export interface Claims {
  /** Versions by name, in a delta request. */
  readonly versions: ReadonlyMap<string, string>;
  /** The version of everything, in a state-of-the-world request. */
  readonly version: string;
}

/** Nothing is claimed. */
export const NO_CLAIMS: Claims = { versions: new Map(), version: '' };

/** What is still owed to a client, besides what changes. */
interface Debt {
  readonly wanted: NameSet;
  readonly wantsAll: boolean;
  readonly repeat: NameSet;
  readonly restates: boolean;
  readonly claims: Claims;
}

const NO_DEBT: Debt = {
  wanted: NameSet.EMPTY,
  wantsAll: false,
  repeat: NameSet.EMPTY,
  restates: false,
  claims: NO_CLAIMS,
};

function toDebt(debt: Debt): Debt {
  const { wanted, wantsAll, repeat, restates, claims } = debt;
  const isNone = wanted.size === 0 && !wantsAll && repeat.size === 0 && !restates && claims === NO_CLAIMS;
  return isNone ? NO_DEBT : debt;
}

/**
 * One type on one stream: what the client wants, what it was told, and what is on its way.
 *
 * Large things (layers, name sets, batches) are shared with other streams and only referred to, so that an idle watch
 * takes a few hundred bytes however large the mesh is.
 */
export class Watch {
  readonly typeUrl: TypeUrl;
  readonly traits: TypeTraits;
  readonly #protocol: XdsProtocol;
  #subscription: Subscription = NOTHING;
  #held: Holding = EMPTY_HOLDING;
  #isFirst = true;
  #isStale = true;
  #debt: Debt = NO_DEBT;
  #inFlight: InFlight | undefined;
  #refused: RefusedUpdate | undefined;
  #sent: { readonly nonce: string; readonly version: string } = { nonce: '', version: '' };
  #acked = this.#sent;
  #refusal: Refusal | undefined;
  #basis = '';
  #sentBytes = 0;
  #sentAt = 0;

  constructor(typeUrl: TypeUrl, protocol: XdsProtocol) {
    this.typeUrl = typeUrl;
    this.traits = getTypeTraits(typeUrl);
    this.#protocol = protocol;
  }

  get subscription(): Subscription {
    return this.#subscription;
  }

  get inFlight(): InFlight | undefined {
    return this.#inFlight;
  }

  /** The nonce of the last response; empty before the first. */
  get nonce(): string {
    return this.#sent.nonce;
  }

  /** The version of the last response, or of what the client came with; empty before. */
  get version(): string {
    return this.#sent.version;
  }

  /** Whether something the client was told of before still waits for its removal to be told. */
  get hasLingering(): boolean {
    return this.#held.lingering.size > 0;
  }

  /** Whether nothing was told on this stream yet. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  /** Whether the client comes with resources from an earlier stream and was not answered yet. */
  get isResuming(): boolean {
    return this.#isFirst && this.#debt.claims !== NO_CLAIMS;
  }

  /** Whether the client refused the last response and holds on to what it had. */
  get isRefused(): boolean {
    return this.#refused !== undefined;
  }

  /** Whether the client waits for an answer, be there a change or not. */
  get isAsked(): boolean {
    return this.#debt !== NO_DEBT || this.#isFirst;
  }

  /** Whether it has to be looked at: something was asked, or the view may have changed. */
  get isDue(): boolean {
    return this.#isStale || this.isAsked;
  }

  /** Whether there is something to tell that cannot be ruled out at a glance. */
  isPending(layers: Layers): boolean {
    return this.isAsked || (this.#isStale && !areSameLayers(this.#held.layers, layers));
  }

  /** The view may have changed. */
  markStale(): void {
    this.#isStale = true;
  }

  /** Takes a new subscription, and the answers that it obliges to. */
  subscribe(
    { subscription, wanted, wantsAll, restates = false }: SubscriptionChange,
    claims: Claims = NO_CLAIMS,
  ): void {
    const { wildcard, names } = subscription;
    const owed = this.#debt.wanted.union(wanted);
    this.#subscription = subscription;
    this.#debt = toDebt({
      // What was unsubscribed before it could be answered is not owed any more.
      wanted: wildcard ? owed : owed.intersection(names),
      wantsAll: wildcard && (this.#debt.wantsAll || wantsAll),
      repeat: this.#debt.repeat,
      restates: this.#debt.restates || restates,
      claims: claims === NO_CLAIMS ? this.#debt.claims : claims,
    });
  }

  /** Forgets what the client was told: it starts anew. */
  restart(): void {
    this.#held = EMPTY_HOLDING;
    this.#isFirst = true;
    this.#debt = NO_DEBT;
    this.#inFlight = undefined;
    this.#refused = undefined;
  }

  /** Sends these again even if they do not change. */
  repeat(names: NameSet): void {
    this.#debt = toDebt({ ...this.#debt, repeat: this.#debt.repeat.union(names) });
  }

  /** What the client is to be told now. @see composeUpdate */
  compose(layers: Layers, keepRemoved: boolean): Update {
    return composeUpdate(this.#situation(), layers, keepRemoved);
  }

  /** The version of what the client holds once it was told. */
  versionAfter({ held }: Update): string {
    return versionOfHolding(this.#situation(), held);
  }

  /** Makes versions depend on something besides the resources: what a client did with them. */
  setBasis(basis: string): void {
    this.#basis = basis;
  }

  #situation(): Situation {
    const { wanted, wantsAll, repeat, restates, claims } = this.#debt;
    return {
      protocol: this.#protocol,
      typeUrl: this.typeUrl,
      traits: this.traits,
      subscription: this.#subscription,
      held: this.#held,
      isFirst: this.#isFirst,
      wanted,
      wantsAll,
      repeat,
      claimed: claims.versions,
      claimedVersion: claims.version,
      basis: this.#basis,
      restates,
      refused: this.#refused,
    };
  }

  /** The client already holds what the update says: nothing is sent. */
  settle(update: Update): void {
    if (this.isResuming) this.#sent = this.#acked = { nonce: '', version: this.versionAfter(update) };
    this.#take(update.held);
  }

  /** The update was written. */
  send(update: Update, response: SentResponse): InFlight {
    const { nonce, version, bytes, nowMs, at } = response;
    this.#take(update.held);
    this.#refused = undefined;
    this.#sent = { nonce, version };
    this.#sentBytes += bytes;
    this.#sentAt = at;
    this.#inFlight = {
      nonce,
      version,
      batches: update.batches,
      fresh: update.fresh,
      removed: update.removed,
      sentAtMs: nowMs,
      waitingSinceMs: this.#inFlight?.waitingSinceMs ?? nowMs,
    };
    return this.#inFlight;
  }

  #take(held: Holding): void {
    this.#held = held;
    this.#isFirst = false;
    this.#isStale = false;
    this.#debt = NO_DEBT;
  }

  /** The client accepted the response in flight, which is returned; `undefined` when it had been accepted before. */
  accept(): InFlight | undefined {
    const accepted = this.#inFlight;
    this.#inFlight = undefined;
    this.#acked = this.#sent;
    this.#refusal = undefined;
    return accepted;
  }

  /** The client refused the response in flight, which is returned. It goes out again with the next change only. */
  refuse(refusal: Refusal): InFlight | undefined {
    const refused = this.#inFlight;
    this.#inFlight = undefined;
    this.#refusal = refusal;
    if (refused !== undefined) this.#refused = { resources: listResources(refused.batches), removed: refused.removed };
    return refused;
  }

  /** Notes a refusal of a response that was overtaken since. */
  noteRefusal(refusal: Refusal): void {
    this.#refusal = refusal;
  }

  /** For people: what was subscribed, sent, accepted and refused. */
  status(): WatchStatus {
    return {
      typeUrl: this.typeUrl,
      wildcard: this.#subscription.wildcard,
      names: this.#subscription.names,
      nonceSent: this.#sent.nonce,
      nonceAcked: this.#acked.nonce,
      versionSent: this.#sent.version,
      versionAcked: this.#acked.version,
      lastNack: this.#refusal?.message,
      sentBytes: this.#sentBytes,
      sentAt: this.#sentAt,
    };
  }
}

/** What is known of a response once it is encoded. */
export interface SentResponse {
  readonly nonce: string;
  readonly version: string;
  /** Its length in bytes. */
  readonly bytes: number;
  /** Monotonic milliseconds, for patience. */
  readonly nowMs: number;
  /** Milliseconds since 1970, for people. */
  readonly at: number;
}

/** One type on one stream, as debug pages show it. */
export interface WatchStatus {
  readonly typeUrl: TypeUrl;
  readonly wildcard: boolean;
  readonly names: NameSet;
  /** Empty when nothing was sent on this stream. */
  readonly nonceSent: string;
  readonly nonceAcked: string;
  readonly versionSent: string;
  readonly versionAcked: string;
  /** The proxy's words when it refused the last response. */
  readonly lastNack: string | undefined;
  /** All responses of this type together. */
  readonly sentBytes: number;
  /** When the last response was written, in milliseconds since 1970; 0 before the first. */
  readonly sentAt: number;
}

/** All resources of some batches. */
export function listResources(batches: readonly ResourceBatch[]): readonly Resource[] {
  return batches.flatMap((batch) => batch.resources);
}
