import type { ParsedObject } from '../../config/parsed-object.ts';
import type { Fate, Issue } from '../../model/issue.ts';
import { compareText, type ObjectKey, objectKey, toPlace } from '../../model/object.ts';
import { findConfigMapCredential, findSecretCredential } from '../registry/credential.ts';
import type { Shadow } from '../registry/merge-services.ts';
import { serviceOfSlice } from '../registry/namespace-objects.ts';
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
  readonly surroundings: Surroundings;
}

/** What else there is in the mesh. */
export interface Surroundings {
  hasHost(host: string): boolean;
  /** Whether a version of the object is in force. */
  hasObject(key: ObjectKey): boolean;
  /** Whether the mesh sees the objects of a namespace at all. */
  isSeen(namespace: string, cluster?: string): boolean;
}

/**
 * What became of one object, as far as the world can tell; what compiling it brings to light comes on top.
 *
 * A fate is that of the object's *present text*: one with errors is rejected even while an earlier version of it is in force, and the reason
 * says which.
 */
export function toFate({ state, object, error, shadows, isMeshConfig, surroundings }: FateInput): Fate {
  if (state.isRejected) {
    return { kind: 'rejected', because: `${error?.message ?? 'it has errors'}; ${toRest(object)}` };
  }
  if (state.quarantine)
    return {
      kind: 'quarantined',
      because: `${state.quarantine.because}; ${toRest(object, 'nothing is in force in its place')}`,
    };
  if (object === undefined) return { kind: 'rejected', because: 'it has errors' };
  const [shadow] = shadows;
  if (shadow) return toShadowed(object, shadow, shadows);
  const because = isMeshConfig ? undefined : whyIgnored(object, surroundings);
  return because === undefined ? APPLIED : { kind: 'ignored', because };
}

/** What is in force in place of a text that is not, as the end of a sentence. */
export function toRest(
  object: ParsedObject | undefined,
  absent = 'no earlier version is known, so it is absent',
): string {
  return object ? `its version of ${toPlace(object.meta.origin)} before that stays in force` : absent;
}

function toShadowed(object: ParsedObject, { winner }: Shadow, shadows: readonly Shadow[]): Fate {
  const hosts = shadows.map(({ host }) => host).sort(compareText);
  const because = `${winner} declares ${hosts.join(', ')} already`;
  const all = object.kind === 'ServiceEntry' ? new Set(object.value.hosts).size : 1;
  return hosts.length < all ? { kind: 'partly-applied', because } : { kind: 'shadowed', by: winner, because };
}

/** Why an object that is right has no effect; `undefined` when it has. */
function whyIgnored(object: ParsedObject, { hasHost, hasObject, isSeen }: Surroundings): string | undefined {
  if (!isSeen(object.meta.namespace, object.meta.cluster))
    return 'no discovery selector of the mesh matches its namespace';
  switch (object.kind) {
    case 'Secret':
      return findSecretCredential(object.value)
        ? undefined
        : 'it holds neither a certificate with its key nor a trust bundle';
    case 'ConfigMap':
      return findConfigMapCredential(object.value)
        ? undefined
        : 'it holds neither a trust bundle nor the settings of the mesh';
    case 'Service': {
      const { type, externalName = '' } = object.value;
      return type !== 'ExternalName' || hasHost(externalName)
        ? undefined
        : `"${externalName}" is no service of the mesh`;
    }
    case 'EndpointSlice': {
      const service = serviceOfSlice(object.value);
      if (service === undefined) return 'it belongs to no Service of this cluster, or holds names instead of addresses';
      return hasObject(objectKey('Service', object.meta.namespace, service, object.meta.cluster))
        ? undefined
        : `there is no Service ${service}`;
    }
    case 'WorkloadGroup':
      return 'it is a template, and nothing here registers workloads by it';
    case 'ProxyConfig': {
      const { selector } = object.value;
      return selector && Object.keys(selector).length === 0 ? 'its selector has no labels' : undefined;
    }
    default:
      return undefined;
  }
}
