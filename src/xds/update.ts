import {
  type Difference,
  EMPTY_LINGERING,
  findDifference,
  type Holding,
  listVisible,
  type Situation,
} from './difference.ts';
import {
  filterBatches,
  findResource,
  type Layers,
  selectResources,
  versionOfLayers,
  versionOfSelection,
} from './layers.ts';
import { NameSet } from './name-set.ts';
import { ResourceBatch } from './resource-batch.ts';
import { isSubscribed } from './subscription.ts';

/** What to tell a client, and what it holds once told. */
export interface Update {
  readonly send: boolean;
  readonly batches: readonly ResourceBatch[];
  readonly removed: readonly string[];
  /** The part of `batches` that the client may not have: new, changed, or refused before. */
  readonly fresh: readonly ResourceBatch[];
  readonly held: Holding;
}

/**
 * Works out what a client is to be told so that it holds what `layers` have of its subscription.
 *
 * @param keepRemoved Postpones removals of types whose `removal` is `last`: they linger in the new holding.
 */
export function composeUpdate(situation: Situation, layers: Layers, keepRemoved: boolean): Update {
  const difference = findDifference(situation, layers);
  const { told, lingering } = settleRemovals(situation, difference, layers, keepRemoved);
  const next = { told, held: { layers, lingering } };
  return isFullState(situation)
    ? composeFullState(situation, difference, next)
    : composeChanges(situation, difference, next);
}

/**
 * The version of what a client holds. While something lingers it is not yet that of the layers.
 *
 * A state-of-the-world client that comes again tells this version, and the names that it wants: of a named type it has to be that of the names,
 * or it would tell nothing of what the client holds of them.
 */
export function versionOfHolding(situation: VersionedSituation, { layers, lingering }: Holding): string {
  const { protocol, traits, subscription, basis } = situation;
  if (protocol === 'sotw' && traits.named && !subscription.wildcard) {
    const version = versionOfSelection(layers, subscription.names);
    return basis === '' ? version : `${version}.${basis}`;
  }
  const version = versionOfLayers(layers);
  return lingering.size > 0 ? `${version}${LINGERS}` : version;
}

/** What of a situation decides the version of what a client holds. */
export type VersionedSituation = Pick<Situation, 'protocol' | 'traits' | 'subscription' | 'basis'>;

const LINGERS = '+';

/** The part of a version that lasts when what lingers has gone. */
export function lastingVersionOf(version: string): string {
  return version.endsWith(LINGERS) ? version.slice(0, -LINGERS.length) : version;
}

/** State-of-the-world clients take what a response of these types lacks for removed. */
function isFullState({ protocol, traits }: Situation): boolean {
  return protocol === 'sotw' && !traits.named;
}

interface Removals {
  /** Removals to tell now. */
  readonly told: readonly string[];
  readonly lingering: Holding['lingering'];
}

const NO_REMOVALS: Removals = { told: [], lingering: EMPTY_LINGERING };

function settleRemovals(situation: Situation, { gone }: Difference, layers: Layers, keepRemoved: boolean): Removals {
  const { traits, held, subscription, repeat } = situation;
  const canTell = situation.protocol === 'delta' || isFullState(situation);
  if (traits.removal === 'never' || !canTell) return NO_REMOVALS;
  if (gone.size === 0 && held.lingering.size === 0) return NO_REMOVALS;

  const all = new Map([...held.lingering, ...gone]);
  for (const name of all.keys()) {
    if (!isSubscribed(subscription, name) || findResource(layers, name) !== undefined) all.delete(name);
    // What should be repeated now and cannot be: should it come back, it has to be sent even if it is the same.
    else if (repeat.has(name)) all.set(name, undefined);
  }
  const isKept = keepRemoved && traits.removal === 'last';
  return isKept ? { told: [], lingering: all } : { told: [...all.keys()], lingering: EMPTY_LINGERING };
}

/** What comes after the update: removals that it tells, and what the client then holds. */
interface Next {
  readonly told: readonly string[];
  readonly held: Holding;
}

function composeFullState(situation: Situation, { changed, again }: Difference, { told, held }: Next): Update {
  const { subscription, typeUrl, isFirst, wanted, wantsAll } = situation;
  const isDue = isFirst || wantsAll || wanted.size > 0 || changed.length > 0 || told.length > 0;
  if (!isDue || isResumed(situation, held)) return { send: false, batches: [], removed: [], fresh: [], held };

  const batches = listVisible(held.layers, subscription);
  const lingering = [...held.lingering.values()].filter((resource) => resource !== undefined);
  if (lingering.length > 0) batches.push(new ResourceBatch(typeUrl, lingering));
  return { send: true, batches, removed: [], fresh: [...changed, ...again], held };
}

/** A client that names the version that this is has it all from an earlier stream. */
function isResumed(situation: Situation, held: Holding): boolean {
  const { isFirst, claimedVersion, subscription, traits, repeat } = situation;
  if (!isFirst || claimedVersion === '') return false;
  // A version of everything tells nothing of the few that a client of it named.
  if (!subscription.wildcard && !traits.named) return false;
  return repeat.intersection(subscription.names).size === 0 && claimedVersion === versionOfHolding(situation, held);
}

function composeChanges(situation: Situation, difference: Difference, { told, held }: Next): Update {
  const { wantsAll, isFirst, subscription, claimed, protocol, restates } = situation;
  if (protocol === 'sotw' && isResumed(situation, held)) {
    return { send: false, batches: [], removed: [], fresh: [], held };
  }
  const fresh = [...difference.changed, ...difference.again];
  const batches =
    wantsAll && claimed.size === 0
      ? listVisible(held.layers, subscription)
      : [...fresh, ...listRepeated(situation, fresh, held.layers)];
  const removed = protocol === 'sotw' ? [] : listRemoved(situation, difference, { told, held });
  // A proxy that starts waits for the first answer to a wildcard even if there is nothing to tell.
  const mustAnswer = protocol === 'delta' && isFirst && subscription.wildcard && claimed.size === 0;
  return { send: mustAnswer || restates || batches.length > 0 || removed.length > 0, batches, removed, fresh, held };
}

/** Resources that the client has and is to be sent nevertheless. */
function listRepeated(situation: Situation, fresh: readonly ResourceBatch[], layers: Layers): readonly ResourceBatch[] {
  const { isFirst, claimed, wanted, repeat, subscription } = situation;
  // Without claims a first answer has everything among its changes; with claims it has all that is wanted.
  if (isFirst && claimed.size === 0) return [];
  const subscribed = subscription.wildcard ? repeat : repeat.intersection(subscription.names);
  const names = (isFirst ? NameSet.EMPTY : wanted).union(subscribed);
  if (names.size === 0) return [];

  const found = selectResources(layers, names);
  if (fresh.length === 0) return found;
  const told = new Set(fresh.flatMap((batch) => batch.resources));
  return filterBatches(found, (resource) => !told.has(resource));
}

/** Removals to tell, among them the names that were asked for and do not exist. */
function listRemoved(situation: Situation, difference: Difference, { told, held }: Next): readonly string[] {
  const { traits, wanted, refused } = situation;
  if (traits.removal === 'never') return [];
  const isChange = difference.changed.length > 0 || difference.gone.size > 0;
  const refusedNames = isChange ? (refused?.removed ?? []) : [];
  const found = selectResources(held.layers, wanted).reduce((sum, batch) => sum + batch.size, 0);
  const asked = found < wanted.size ? wanted : NameSet.EMPTY;
  const absent = [...asked, ...refusedNames].filter(
    (name) => findResource(held.layers, name) === undefined && !held.lingering.has(name),
  );
  return absent.length === 0 ? told : [...new Set([...told, ...absent])];
}
