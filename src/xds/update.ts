import { diffLayers, filterBatches, findResource, type Layers, selectResources, versionOfLayers } from './layers.ts';
import { NameSet } from './name-set.ts';
import type { Resource } from './resource.ts';
import { ResourceBatch } from './resource-batch.ts';
import { isSubscribed, type Subscription } from './subscription.ts';
import type { TypeTraits, TypeUrl } from './type-url.ts';
import type { XdsProtocol } from './view-source.ts';

/** What a client was told of one type; shared layers are referred to, never copied. */
export interface Holding {
  readonly layers: Layers;
  /**
   * What the client still has although no layer does: its removal waits for the end of the round. Without content if
   * it is only known from the client's own list, or if the client cannot go on with what it has.
   */
  readonly lingering: ReadonlyMap<string, Resource | undefined>;
}

/** The holding of a client that was told nothing. */
export const EMPTY_HOLDING: Holding = { layers: [], lingering: new Map() };

/** All that decides what a client is told next of one type. */
export interface Situation {
  readonly protocol: XdsProtocol;
  readonly typeUrl: TypeUrl;
  readonly traits: TypeTraits;
  readonly subscription: Subscription;
  readonly held: Holding;
  /** Nothing was told on this stream yet. */
  readonly isFirst: boolean;
  /** Names to answer even if nothing changed, and even if they do not exist. */
  readonly wanted: NameSet;
  /** Everything that is subscribed is to be answered. */
  readonly wantsAll: boolean;
  /** Names to send again if they exist: the client throws away what it knew of them. */
  readonly repeat: NameSet;
  /** What a reconnecting client says it holds, by name and version; empty when it holds nothing. */
  readonly claimed: ReadonlyMap<string, string>;
  /** The version that a reconnecting state-of-the-world client says it holds; empty when it holds none. */
  readonly claimedVersion: string;
  /** The last response, if it was refused: a client may have dropped all of it over one resource. */
  readonly refused: RefusedUpdate | undefined;
}

/** What a refused response carried. */
export interface RefusedUpdate {
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
}

/** What to tell a client, and what it holds once told. */
export interface Update {
  readonly send: boolean;
  readonly batches: readonly ResourceBatch[];
  readonly removed: readonly string[];
  /** The part of `batches` that is new to the client or has another version. */
  readonly changed: readonly ResourceBatch[];
  readonly held: Holding;
}

/**
 * Works out what a client is to be told so that it holds what `layers` have of its subscription.
 *
 * @param keepRemoved Postpones removals of types whose `removal` is `last`: they linger in the new holding.
 */
export function composeUpdate(situation: Situation, layers: Layers, keepRemoved: boolean): Update {
  const difference = situation.claimed.size > 0 ? diffFromClaims(situation, layers) : diffFromHeld(situation, layers);
  const { told, lingering } = settleRemovals(situation, difference, layers, keepRemoved);
  const next = { told, held: { layers, lingering } };
  return isFullState(situation)
    ? composeFullState(situation, difference, next)
    : composeChanges(situation, difference, next);
}

/** The version of what a client holds. While something lingers it is not yet that of the layers. */
export function versionOfHolding({ layers, lingering }: Holding): string {
  const version = versionOfLayers(layers);
  return lingering.size > 0 ? `${version}+` : version;
}

/** State-of-the-world clients take what a response of these types lacks for removed. */
function isFullState({ protocol, traits }: Situation): boolean {
  return protocol === 'sotw' && !traits.named;
}

interface Next {
  /** Removals to tell now. */
  readonly told: readonly string[];
  readonly held: Holding;
}

interface Difference {
  /** Resources that are new to the client or have another version. */
  readonly changed: readonly ResourceBatch[];
  /** Names that the client has and the layers have not. */
  readonly gone: ReadonlyMap<string, Resource | undefined>;
}

/** The subscribed part of what changed since the client was last told. */
function diffFromHeld({ subscription, held }: Situation, layers: Layers): Difference {
  const { changed, removed } = diffLayers(held.layers, layers);
  const gone = new Map(removed.filter(({ name }) => isSubscribed(subscription, name)).map((r) => [r.name, r]));
  const visible = restrict(changed, subscription);
  if (held.lingering.size === 0) return { changed: visible, gone };
  return { changed: filterBatches(visible, (r) => held.lingering.get(r.name)?.version !== r.version), gone };
}

/** The same for a client that comes with resources from an earlier stream. */
function diffFromClaims({ subscription, claimed }: Situation, layers: Layers): Difference {
  const visible = restrict(allBatches(layers), subscription);
  const changed = filterBatches(visible, ({ name, version }) => claimed.get(name) !== version);
  const gone = new Map<string, undefined>();
  for (const name of claimed.keys()) {
    if (isSubscribed(subscription, name) && findResource(layers, name) === undefined) gone.set(name, undefined);
  }
  return { changed, gone };
}

function allBatches(layers: Layers): readonly ResourceBatch[] {
  return layers.map((set) => set.all);
}

function restrict(batches: readonly ResourceBatch[], { wildcard, names }: Subscription): readonly ResourceBatch[] {
  if (wildcard) return batches;
  return batches.map((batch) => batch.select(names)).filter((batch) => batch.size > 0);
}

interface Removals {
  /** Removals to tell now. */
  readonly told: readonly string[];
  readonly lingering: Holding['lingering'];
}

const NONE_LINGER: Holding['lingering'] = new Map();

function settleRemovals(situation: Situation, { gone }: Difference, layers: Layers, keepRemoved: boolean): Removals {
  const { traits, held, subscription } = situation;
  const canTell = situation.protocol === 'delta' || isFullState(situation);
  if (traits.removal === 'never' || !canTell) return { told: [], lingering: NONE_LINGER };
  if (gone.size === 0 && held.lingering.size === 0) return { told: [], lingering: NONE_LINGER };

  const all = new Map([...held.lingering, ...gone]);
  for (const name of all.keys()) {
    if (!isSubscribed(subscription, name) || findResource(layers, name) !== undefined) all.delete(name);
    // What should be repeated now and cannot be: should it come back, it has to be sent even if it is the same.
    else if (situation.repeat.has(name)) all.set(name, undefined);
  }
  return keepRemoved && traits.removal === 'last'
    ? { told: [], lingering: all }
    : { told: [...all.keys()], lingering: NONE_LINGER };
}

function composeFullState(situation: Situation, difference: Difference, next: Next): Update {
  const { subscription, typeUrl, isFirst, wanted, wantsAll } = situation;
  const { held, told } = next;
  const hasChanged = difference.changed.length > 0 || told.length > 0;
  const send = !isResumed(situation, held) && (isFirst || wantsAll || wanted.size > 0 || hasChanged);
  const { changed } = difference;
  if (!send) return { send, batches: [], removed: [], changed, held };

  const batches = listVisible(held.layers, subscription);
  const lingering = [...held.lingering.values()].filter((resource) => resource !== undefined);
  if (lingering.length > 0) batches.push(new ResourceBatch(typeUrl, lingering));
  return { send, batches, removed: [], changed, held };
}

/** A client that asks for everything and names the version that this is has it all from an earlier stream. */
function isResumed({ isFirst, subscription, claimedVersion }: Situation, held: Holding): boolean {
  return isFirst && subscription.wildcard && claimedVersion !== '' && claimedVersion === versionOfHolding(held);
}

function listVisible(layers: Layers, subscription: Subscription): ResourceBatch[] {
  return restrict(allBatches(layers), subscription).filter((batch) => batch.size > 0);
}

function composeChanges(situation: Situation, difference: Difference, next: Next): Update {
  const { wantsAll, isFirst, subscription, claimed, protocol } = situation;
  const { held } = next;
  const batches =
    wantsAll && claimed.size === 0
      ? listVisible(held.layers, subscription)
      : [...difference.changed, ...listRepeated(situation, difference, held.layers)];
  const removed = listRemoved(situation, difference, next);
  // A proxy that starts waits for the first answer to a wildcard even if there is nothing to tell.
  const mustAnswer = protocol === 'delta' && isFirst && subscription.wildcard && claimed.size === 0;
  const send = mustAnswer || batches.length > 0 || removed.length > 0;
  return { send, batches, removed, changed: difference.changed, held };
}

/** Resources that did not change and still have to be sent. */
function listRepeated(situation: Situation, difference: Difference, layers: Layers): readonly ResourceBatch[] {
  const { isFirst, claimed, wanted, repeat, subscription } = situation;
  const hasClaims = claimed.size > 0;
  // Without claims a first answer has everything among its changes; with claims it has all that is wanted.
  if (isFirst && !hasClaims) return [];
  const subscribed = subscription.wildcard ? repeat : repeat.intersection(subscription.names);
  const names = (isFirst ? NameSet.EMPTY : wanted).union(subscribed).union(namesRefused(situation, difference, layers));
  if (names.size === 0) return [];

  const found = selectResources(layers, names);
  if (difference.changed.length === 0) return found;
  const told = new Set(difference.changed.flatMap((batch) => batch.resources));
  return filterBatches(found, (resource) => !told.has(resource));
}

/** Resources of a refused response that go out again with the next change, unchanged. */
function namesRefused({ refused, subscription }: Situation, difference: Difference, layers: Layers): NameSet {
  if (refused === undefined || (difference.changed.length === 0 && difference.gone.size === 0)) return NameSet.EMPTY;
  const again = refused.resources.filter(
    ({ name, version }) => isSubscribed(subscription, name) && findResource(layers, name)?.version === version,
  );
  return NameSet.of(again.map(({ name }) => name));
}

/** Removals to tell, among them the names that were asked for and do not exist. */
function listRemoved(situation: Situation, difference: Difference, { held, told }: Next): readonly string[] {
  const { protocol, traits, wanted, refused } = situation;
  if (protocol === 'sotw' || traits.removal === 'never') return [];
  const removed = new Set(told);
  const isAbsent = (name: string) => findResource(held.layers, name) === undefined && !held.lingering.has(name);
  const found = selectResources(held.layers, wanted).reduce((sum, batch) => sum + batch.size, 0);
  if (found < wanted.size) for (const name of wanted) if (isAbsent(name)) removed.add(name);
  const isChange = difference.changed.length > 0 || difference.gone.size > 0;
  if (isChange) for (const name of refused?.removed ?? []) if (isAbsent(name)) removed.add(name);
  return [...removed];
}
