import type { Fate } from '../../model/issue.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';
import type { Shadow } from '../registry/merge-services.ts';
import { findError } from './declaration.ts';
import type { Declarations } from './declarations.ts';
import { type Surroundings, toFate } from './fates.ts';
import type { ObjectVersions } from './object-versions.ts';

/** The parts of a world that decide about its objects. */
export interface FateSources {
  readonly declarations: Declarations;
  readonly versions: ObjectVersions;
  readonly shadows: readonly Shadow[];
  readonly services: readonly Service[];
  readonly isSeen: Surroundings['isSeen'];
  /** Whether a ConfigMap holds the mesh's settings. */
  isMeshConfig(key: ObjectKey): boolean;
}

/** What became of every object that is declared anywhere. */
export function listFates(sources: FateSources): ReadonlyMap<ObjectKey, Fate> {
  const { declarations, versions, isSeen } = sources;
  const shadows = Map.groupBy(sources.shadows, ({ loser }) => loser);
  const hosts = new Set(sources.services.map(({ hostname }) => hostname));
  const surroundings: Surroundings = {
    hasHost: (host) => hosts.has(host),
    hasObject: (key) => versions.inForce(key) !== undefined,
    isSeen,
  };
  const fates = new Map<ObjectKey, Fate>();
  for (const key of declarations.keys()) {
    const state = versions.find(key);
    const declaration = declarations.find(key);
    if (state === undefined || declaration === undefined) continue;
    const input = { state, object: versions.inForce(key), error: findError(declaration), surroundings };
    fates.set(key, toFate({ ...input, shadows: shadows.get(key) ?? [], isMeshConfig: sources.isMeshConfig(key) }));
  }
  return fates;
}
