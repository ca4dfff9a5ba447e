import { diffLayers, filterBatches, findResource, type Layers, selectResources } from './layers.ts';
import { NameSet } from './name-set.ts';
import type { Resource } from './resource.ts';
import type { ResourceBatch } from './resource-batch.ts';
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

/** Nothing lingers. */
export const EMPTY_LINGERING: Holding['lingering'] = new Map();

/** The holding of a client that was told nothing. */
export const EMPTY_HOLDING: Holding = { layers: [], lingering: EMPTY_LINGERING };

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
  /** What besides the resources decides their version: that of the clusters, for their endpoints. */
  readonly basis: string;
  /** The client is to be told a version even if nothing else. */
  readonly restates: boolean;
  /** The last response, if it was refused: a client may have dropped all of it over one resource. */
  readonly refused: RefusedUpdate | undefined;
}

/** What a refused response carried. */
export interface RefusedUpdate {
  readonly resources: readonly Resource[];
  readonly removed: readonly string[];
}

/** How what a client has of its subscription differs from what it should have. */
export interface Difference {
  /** Resources that are new to the client or have another version. */
  readonly changed: readonly ResourceBatch[];
  /** Resources of the refused response that did not change and go along, since the client may not have them. */
  readonly again: readonly ResourceBatch[];
  /** What the client has and the layers have not, by name; with its content where that is known. */
  readonly gone: ReadonlyMap<string, Resource | undefined>;
}

/** Compares what a client has, by what it was told or by its own words, with what there is. */
export function findDifference(situation: Situation, layers: Layers): Difference {
  return situation.claimed.size > 0 ? diffFromClaims(situation, layers) : diffFromHeld(situation, layers);
}

function diffFromHeld(situation: Situation, layers: Layers): Difference {
  const { subscription, held } = situation;
  const delta = diffLayers(held.layers, layers);
  const removed = delta.removed.filter(({ name }) => isSubscribed(subscription, name));
  const gone = new Map(removed.map((resource) => [resource.name, resource]));
  const visible = restrict(delta.changed, subscription);
  const changed =
    held.lingering.size === 0
      ? visible
      : filterBatches(visible, ({ name, version }) => held.lingering.get(name)?.version !== version);
  const again = changed.length > 0 || gone.size > 0 ? listRefused(situation, layers) : [];
  return { changed, again, gone };
}

function diffFromClaims({ subscription, claimed }: Situation, layers: Layers): Difference {
  const visible = listVisible(layers, subscription);
  const changed = filterBatches(visible, ({ name, version }) => claimed.get(name) !== version);
  const gone = new Map<string, undefined>();
  for (const name of claimed.keys()) {
    if (isSubscribed(subscription, name) && findResource(layers, name) === undefined) gone.set(name, undefined);
  }
  return { changed, again: [], gone };
}

function listRefused({ refused, subscription }: Situation, layers: Layers): ResourceBatch[] {
  if (refused === undefined) return [];
  const again = refused.resources.filter(
    ({ name, version }) => isSubscribed(subscription, name) && findResource(layers, name)?.version === version,
  );
  return selectResources(layers, NameSet.of(again.map(({ name }) => name)));
}

/** Everything of the subscription. */
export function listVisible(layers: Layers, subscription: Subscription): ResourceBatch[] {
  const all = layers.map((set) => set.all);
  return restrict(all, subscription).filter((batch) => batch.size > 0);
}

function restrict(batches: readonly ResourceBatch[], { wildcard, names }: Subscription): readonly ResourceBatch[] {
  if (wildcard) return batches;
  return batches.map((batch) => batch.select(names)).filter((batch) => batch.size > 0);
}
