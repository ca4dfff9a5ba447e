import type { ObjectKey } from '../model/object.ts';

/** What of the mesh's settings shapes how objects are read; when it changes, objects are read anew. */
export interface ParseContext {
  /** `cluster.local`; completes host names without a dot. */
  readonly domainSuffix: string;
  readonly rootNamespace: string;
  /** Namespace of objects that name none. */
  readonly defaultNamespace: string;
  /** Lists that stand in for an absent or empty `exportTo`. */
  readonly defaultServiceExportTo: readonly string[];
  readonly defaultVirtualServiceExportTo: readonly string[];
  readonly defaultDestinationRuleExportTo: readonly string[];
  /** Now, in milliseconds since the epoch: whether a certificate has expired. Absent: not checked. */
  readonly nowMs?: number;
  /** How old an object is that carries no creation time, in milliseconds since the epoch. Absent: older than any that does. */
  readonly firstSeenMs?: (key: ObjectKey) => number;
  /** The other cluster that objects are read from; absent for the one whose configuration the mesh follows. */
  readonly cluster?: string;
}

/** The settings of a mesh that says nothing. */
export const DEFAULT_CONTEXT: ParseContext = {
  domainSuffix: 'cluster.local',
  rootNamespace: 'istio-system',
  defaultNamespace: 'default',
  defaultServiceExportTo: ['*'],
  defaultVirtualServiceExportTo: ['*'],
  defaultDestinationRuleExportTo: ['*'],
};
