import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { ObjectKey } from '../../model/object.ts';
import { keyOf } from '../../model/object.ts';
import type { ConsistentHash } from '../../model/traffic-policy.ts';
import type { Destination, HttpRoute, VirtualService } from '../../model/virtual-service.ts';
import { outboundClusterName } from '../names.ts';
import { findDestinationHash } from './hash-policy.ts';

/** Where a destination leads, once services and rules have been looked up: all that its routes need to know of them. */
export interface Target {
  readonly cluster: string;
  /** `host:port`, as traces name it; absent for a destination without a host. */
  readonly label?: string;
  readonly hash?: ConsistentHash;
  /** The objects that `hash` comes from. */
  readonly origins: readonly ObjectKey[];
}

/** Stands for the cluster of a destination without a host, which only a broken reference of the Gateway API makes. */
const UNKNOWN_CLUSTER = 'UnknownService';

/**
 * The target of a destination: `host` is the concrete service's, `port` is decided. `rule` is passed only where it makes requests hash, so
 * that other changes of it touch no route.
 */
export function toTarget(
  destination: Destination,
  host: string,
  port: number,
  rule: EffectiveRule | undefined,
): Target {
  if (host === '') return { cluster: UNKNOWN_CLUSTER, origins: [] };
  const hash = rule && findDestinationHash(rule, destination);
  return {
    cluster: outboundClusterName(host, port, destination.subset),
    label: `${host}:${port}`,
    ...(hash && { hash }),
    origins: hash && rule ? rule.sources.map(({ meta }) => keyOf(meta)) : [],
  };
}

const destinationsOf = new WeakMap<VirtualService, readonly Destination[]>();

/** Destinations and mirrors of the HTTP rules, in the order in which they are written; found once per object. */
export function listHttpDestinations(vs: VirtualService): readonly Destination[] {
  const known = destinationsOf.get(vs);
  if (known !== undefined) return known;
  const all = vs.http.flatMap(listRuleDestinations);
  destinationsOf.set(vs, all);
  return all;
}

/** The same of one rule. */
export function listRuleDestinations({ action, mirrors }: HttpRoute): readonly Destination[] {
  const routed = action.kind === 'route' ? action.destinations.map(({ destination }) => destination) : [];
  return [...routed, ...mirrors.map(({ destination }) => destination)];
}
