import type { EnvoyPatch } from '../../model/envoy-filter.ts';

/** Tells the element that a patch names; absent when it names none. */
export type Target<E> = ((element: E) => boolean) | undefined;

/**
 * Puts `value` into a list where the operation says: without a target, "after" is the end and "before" the beginning; with one that is not
 * there, nothing happens and the list comes back as the identical value.
 */
export function insertInto<E>(
  list: readonly E[],
  { operation }: EnvoyPatch,
  value: E,
  target: Target<E>,
): readonly E[] {
  switch (operation) {
    case 'ADD':
      return [...list, value];
    case 'INSERT_FIRST':
      return [value, ...list];
    case 'INSERT_BEFORE':
      return target === undefined ? [value, ...list] : insertAt(list, list.findIndex(target), value);
    case 'INSERT_AFTER': {
      if (target === undefined) return [...list, value];
      const at = list.findIndex(target);
      return insertAt(list, at < 0 ? at : at + 1, value);
    }
    default:
      return list;
  }
}

function insertAt<E>(list: readonly E[], at: number, value: E): readonly E[] {
  return at < 0 ? list : list.toSpliced(at, 0, value);
}

/** The same, and two operations that need a target: the first that it tells is replaced, all that it tells are removed. */
export function editList<E>(list: readonly E[], patch: EnvoyPatch, value: E, target: Target<E>): readonly E[] {
  if (patch.operation !== 'REPLACE' && patch.operation !== 'REMOVE') return insertInto(list, patch, value, target);
  const at = target === undefined ? -1 : list.findIndex(target);
  if (target === undefined || at < 0) return list;
  return patch.operation === 'REPLACE' ? list.with(at, value) : list.filter((element) => !target(element));
}

/** The list with each element as `change` gives it back; the identical list when all are. */
export function mapList<E>(list: readonly E[], change: (element: E) => E): readonly E[] {
  const changed = list.map(change);
  return changed.every((element, i) => element === list[i]) ? list : changed;
}
