import { isDeepStrictEqual } from 'node:util';
import type { Meta, Origin } from '../../model/object.ts';

const NOWHERE: Origin = { kind: 'cluster', cluster: '' };

/**
 * Whether two values that carry metadata say the same: everything counts but the revision and the place they were read from. A re-saved file
 * or a new `resourceVersion` makes no new value of what did not change.
 */
export function isSameContent<T extends { readonly meta: Meta }>(a: T, b: T): boolean {
  return a === b || isDeepStrictEqual(withoutPlace(a), withoutPlace(b));
}

/** `before` if it says the same as `after`, so that what is equal is also identical. */
export function keepIdentity<T extends { readonly meta: Meta }>(before: T | undefined, after: T): T {
  return before !== undefined && isSameContent(before, after) ? before : after;
}

/** `before` if it holds the identical values in the same order. */
export function keepList<T>(before: readonly T[], after: readonly T[]): readonly T[] {
  return before.length === after.length && after.every((value, i) => value === before[i]) ? before : after;
}

function withoutPlace<T extends { readonly meta: Meta }>(value: T): T {
  return { ...value, meta: { ...value.meta, revision: '', origin: NOWHERE } };
}
