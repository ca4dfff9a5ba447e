import type { ObjectKey, Origin } from '../../model/object.ts';
import { placeOf, textOf } from './declaration.ts';
import type { Declarations } from './declarations.ts';
import type { ObjectVersions } from './object-versions.ts';

/** What is known of an object, for reports. */
export interface ObjectReport {
  readonly key: ObjectKey;
  /** The revision in force; absent when no version is. */
  readonly revision?: string;
  /** Where it is written now. */
  readonly origin?: Origin;
  /** Larger is later: orders objects by when their version in force came into force. */
  readonly changedAt: number;
  /** As it is written now, right or wrong. */
  readonly text: string;
  /** The version in force: as it is written, or as it was read when that is another one. */
  readonly textInForce: string;
}

/** What is known of an object; `undefined` when nobody declares it. */
export function findReport(
  key: ObjectKey,
  declarations: Declarations,
  versions: ObjectVersions,
): ObjectReport | undefined {
  const state = versions.find(key);
  if (state === undefined) return undefined;
  const declaration = declarations.find(key);
  const object = versions.inForce(key);
  const read = JSON.stringify(object?.value ?? null);
  const written = declaration && textOf(declaration);
  return {
    key,
    ...(object && { revision: object.meta.revision }),
    ...(declaration && { origin: placeOf(declaration) }),
    changedAt: state.changedAt,
    text: written ?? read,
    textInForce: written !== undefined && declaration?.object === object ? written : read,
  };
}
