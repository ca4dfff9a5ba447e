/** How many elements two lists have in common at their beginnings and, of the rest, at their ends. */
export interface CommonEnds {
  readonly prefix: number;
  readonly suffix: number;
}

/** Compares two lists by the identity of their elements: between the ends lies all that is different. */
export function findCommonEnds<T>(a: readonly T[], b: readonly T[]): CommonEnds {
  const shorter = Math.min(a.length, b.length);
  let prefix = 0;
  while (prefix < shorter && a[prefix] === b[prefix]) prefix++;
  let suffix = 0;
  while (suffix < shorter - prefix && a[a.length - 1 - suffix] === b[b.length - 1 - suffix]) suffix++;
  return { prefix, suffix };
}
