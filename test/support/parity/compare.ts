import { COMPARED_TYPES, type Served } from './ask.ts';
import { type Difference, listDifferences } from './difference.ts';
import { findException } from './exceptions.ts';
import { normalise } from './normalise.ts';

/** A resource that differs. */
export interface ResourceDifference {
  /** `cds outbound|80||host`. */
  readonly resource: string;
  readonly differences: readonly Difference[];
}

/** What is left of the differences in a case once the deliberate ones are taken out. */
export function compareServed(name: string, istiod: Served, pilothouse: Served): readonly ResourceDifference[] {
  return COMPARED_TYPES.flatMap((type) =>
    listNames(istiod[type], pilothouse[type]).map((of) => {
      const resource = `${type} ${of}`;
      const all = listDifferences(normalise(istiod[type].get(of)), normalise(pilothouse[type].get(of)));
      const differences = all.filter((one) => findException(name, resource, one) === undefined);
      return { resource, differences };
    }),
  ).filter(({ differences }) => differences.length > 0);
}

function listNames(...maps: readonly ReadonlyMap<string, unknown>[]): readonly string[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort();
}

/** How many resources there are. */
export function countResources(served: Served): number {
  return COMPARED_TYPES.reduce((sum, type) => sum + served[type].size, 0);
}
