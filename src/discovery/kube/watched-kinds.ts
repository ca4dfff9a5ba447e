import type { Kind } from '../../config/define-kind.ts';
import { KINDS } from '../../config/kinds.ts';
import type { Keep } from '../../kube/held-objects.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';
import { REMOTE_KINDS } from '../remote-kinds.ts';
import { createTrim } from './trim.ts';

/** A kind, and which of its objects are followed. */
export interface WatchedKind {
  readonly kind: string;
  readonly resources: readonly [Resource, ...Resource[]];
  /** Written for the mesh: a revision's label says for which control plane. */
  readonly isConfiguration: boolean;
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly keep: Keep<KubeObject>;
}

/** What of a cluster is followed. */
export interface KindChoice {
  /** Where the control plane's own ConfigMaps lie: those of others are none of its business. */
  readonly systemNamespace: string;
  /** `registry` leaves out what users write for the mesh: that of a remote cluster does not count. */
  readonly extent: 'everything' | 'registry';
}

/** Selected by the server, so that neither it nor we handle what is of no use. */
const FIELD_SELECTORS: Readonly<Record<string, string>> = {
  Pod: 'status.phase!=Succeeded,status.phase!=Failed',
  Secret: 'type!=helm.sh/release.v1,type!=kubernetes.io/service-account-token',
};

/** Every kind that the mesh reads from a cluster. */
export function listWatchedKinds({ systemNamespace, extent }: KindChoice): readonly WatchedKind[] {
  return Object.values(KINDS)
    .filter(({ kind }) => extent === 'everything' || REMOTE_KINDS.some((remote) => remote === kind))
    .map((kind) => toWatchedKind(kind, systemNamespace));
}

function toWatchedKind(kind: Kind, systemNamespace: string): WatchedKind {
  const [newest, ...older] = kind.versions.map((version) => toResource(kind, version));
  if (newest === undefined) throw new TypeError(`${kind.kind} has no version`);
  const fieldSelector = FIELD_SELECTORS[kind.kind];
  return {
    kind: kind.kind,
    resources: [newest, ...older],
    isConfiguration: kind.resource !== undefined || kind.group === 'gateway.networking.k8s.io',
    ...(kind.kind === 'ConfigMap' && { namespace: systemNamespace }),
    ...(fieldSelector !== undefined && { fieldSelector }),
    keep: createTrim(kind),
  };
}

function toResource({ group, kind, plural, scope }: Kind, version: string): Resource {
  return { group, version, plural, kind, namespaced: scope === 'namespaced' };
}
