/** From how many on it is cheaper to sort everything than to find the place of each. */
const MANY = 32;

/** A sorted list without `removed` and with `added`: what a small change makes of a long list costs no sorting. */
export function patchSorted<T>(
  list: readonly T[],
  removed: ReadonlySet<T>,
  added: readonly T[],
  compare: (a: T, b: T) => number,
): readonly T[] {
  if (removed.size === 0 && added.length === 0) return list;
  const patched = removed.size === 0 ? [...list] : list.filter((value) => !removed.has(value));
  if (added.length >= MANY) return patched.concat(added).sort(compare);
  for (const value of added) patched.splice(findPlace(patched, value, compare), 0, value);
  return patched;
}

/** The first position whose value does not come before `value`. */
function findPlace<T>(list: readonly T[], value: T, compare: (a: T, b: T) => number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const found = list[middle];
    if (found !== undefined && compare(found, value) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
