import { compareText, type ObjectKey, toPlace } from '../../model/object.ts';
import type { Fate, Issue } from '../../model/issue.ts';
import type { ParsedObject } from '../../config/parsed-object.ts';
import { findConfigMapCredential, findSecretCredential } from '../registry/credential.ts';
import type { Shadow } from '../registry/merge-services.ts';
import type { ObjectState } from './object-versions.ts';

const APPLIED: Fate = { kind: 'applied' };

/** What decides about one object. */
export interface FateInput {
  readonly state: ObjectState;
  /** The version in force. */
  readonly object: ParsedObject | undefined;
  /** The first error of the object's present text. */
  readonly error: Issue | undefined;
  /** Hosts that the object lost to others. */
  readonly shadows: readonly Shadow[];
  readonly isMeshConfig: boolean;
}

/**
 * What became of one object, as far as the world can tell; what compiling it brings to light comes on top.
 *
 * A fate is that of the object's *present text*: one with errors is rejected even while an earlier version of it is in force, and the reason
 * says which.
 */
export function toFate({ state, object, error, shadows, isMeshConfig }: FateInput): Fate {
  if (state.isRejected) {
    return { kind: 'rejected', because: `${error?.message ?? 'it has errors'}; ${toRest(object)}` };
  }
  if (state.quarantine) return { kind: 'quarantined', because: `${state.quarantine.because}; ${toRest(object)}` };
  if (object === undefined) return { kind: 'rejected', because: 'it has errors' };
  const [shadow] = shadows;
  if (shadow) return toShadowed(object, shadow, shadows);
  return isMeshConfig ? APPLIED : toIgnored(object);
}

/** The shadows of each loser. */
export function groupShadows(shadows: readonly Shadow[]): ReadonlyMap<ObjectKey, readonly Shadow[]> {
  return Map.groupBy(shadows, ({ loser }) => loser);
}

function toRest(object: ParsedObject | undefined): string {
  return object
    ? `its version of ${toPlace(object.meta.origin)} before that stays in force`
    : 'nothing is in force in its place';
}

function toShadowed(object: ParsedObject, { winner }: Shadow, shadows: readonly Shadow[]): Fate {
  const hosts = shadows.map(({ host }) => host).sort(compareText);
  const because = `${winner} declares ${hosts.join(', ')} already`;
  const all = object.kind === 'ServiceEntry' ? new Set(object.value.hosts).size : 1;
  return hosts.length < all ? { kind: 'partly-applied', because } : { kind: 'shadowed', by: winner, because };
}

function toIgnored(object: ParsedObject): Fate {
  if (object.kind === 'Secret' && !findSecretCredential(object.value)) {
    return { kind: 'ignored', because: 'it holds neither a certificate with its key nor a trust bundle' };
  }
  if (object.kind === 'ConfigMap' && !findConfigMapCredential(object.value)) {
    return { kind: 'ignored', because: 'it holds neither a trust bundle nor the settings of the mesh' };
  }
  if (object.kind === 'EndpointSlice' && !object.meta.labels['kubernetes.io/service-name']) {
    return { kind: 'ignored', because: 'its label kubernetes.io/service-name names no Service' };
  }
  return APPLIED;
}
