import { NameSet } from './name-set.ts';

/** What a client wants of one type on one stream. Immutable; the name sets are shared between streams. */
export interface Subscription {
  /** Everything there is, now and later. */
  readonly wildcard: boolean;
  /** Names asked for explicitly, which a wildcard may accompany. */
  readonly names: NameSet;
}

/** The name by which a client asks for everything explicitly. */
const WILDCARD_NAME = NameSet.of(['*']);

/** Nothing at all. */
export const NOTHING: Subscription = { wildcard: false, names: NameSet.EMPTY };

/** What a change of subscription obliges the server to answer. */
export interface SubscriptionChange {
  readonly subscription: Subscription;
  /** Names to answer whether or not they changed, and whether or not they exist. */
  readonly wanted: NameSet;
  /** Everything is to be answered: the wildcard is new. */
  readonly wantsAll: boolean;
  /** A state-of-the-world client no longer wants something, of which its version should no longer tell. */
  readonly restates?: boolean;
}

/** Whether the subscription covers a resource of that name. */
export function isSubscribed(subscription: Subscription, name: string): boolean {
  return subscription.wildcard || subscription.names.has(name);
}

/** Sets the wildcard name apart from the others. */
export function toSubscription(names: NameSet): Subscription {
  return names.has('*') ? { wildcard: true, names: names.minus(WILDCARD_NAME) } : { wildcard: false, names };
}

/**
 * The change that a state-of-the-world request makes, which always lists everything it wants.
 *
 * A list that never named anything is the wildcard of old for types that have one; once names were given, an empty
 * list asks for nothing.
 * @see https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol#how-the-client-specifies-what-resources-to-return
 */
export function replaceSubscription(
  before: Subscription | undefined,
  names: NameSet,
  named: boolean,
): SubscriptionChange {
  const neverNamed = before === undefined || before === LEGACY_WILDCARD;
  const subscription = names.size === 0 && neverNamed && !named ? LEGACY_WILDCARD : toSubscription(names);
  const wanted = before === undefined ? subscription.names : subscription.names.minus(before.names);
  const restates = named && before !== undefined && before.names.minus(names).size > 0;
  return { subscription, wanted, wantsAll: subscription.wildcard && !before?.wildcard, ...(restates && { restates }) };
}

const LEGACY_WILDCARD: Subscription = { wildcard: true, names: NameSet.EMPTY };

/** The lists of a delta request. */
export interface DeltaLists {
  readonly subscribe: NameSet;
  readonly unsubscribe: NameSet;
}

/**
 * The subscription that a stream's first delta request of a type makes.
 *
 * For types with names, what the client still holds counts as subscribed, as in Istio. A client that wants to begin
 * with nothing subscribes and unsubscribes `*` in one request.
 * @see Istio pilot/pkg/xds/delta.go `deltaWatchedResources`
 */
export function openSubscription(lists: DeltaLists, held: Iterable<string>, named: boolean): SubscriptionChange {
  if (lists.subscribe.size === 0 && !named) {
    return { subscription: LEGACY_WILDCARD, wanted: NameSet.EMPTY, wantsAll: true };
  }
  const known = named ? NameSet.of(held) : NameSet.EMPTY;
  const subscription = toSubscription(lists.subscribe.union(known).minus(lists.unsubscribe));
  return { subscription, wanted: subscription.names, wantsAll: subscription.wildcard };
}

/**
 * The change that a later delta request makes.
 *
 * A name that is subscribed again is answered again: the client may have lost it. So is a name that is unsubscribed
 * while the wildcard stays, since the client then forgets it although it still wants it.
 */
export function adjustSubscription(before: Subscription, lists: DeltaLists): SubscriptionChange {
  const added = toSubscription(lists.subscribe);
  const dropped = toSubscription(lists.unsubscribe);
  const wildcard = (before.wildcard || added.wildcard) && !dropped.wildcard;
  const names = before.names.union(added.names).minus(dropped.names);
  const wanted = wildcard ? added.names.union(dropped.names) : added.names.minus(dropped.names);
  return { subscription: { wildcard, names }, wanted, wantsAll: wildcard && !before.wildcard };
}
