/** About so many elements make one piece. */
const SIZE = 64;

/** Pieces that begin alike are few: those of lists that were there lately. */
const MAX_ALIKE = 8;

let nextNumber = 0;
const numbers = new WeakMap<object, number>();

/** Cuts lists into pieces. */
export type Cutter<T> = (list: readonly T[]) => readonly (readonly T[])[];

/**
 * Makes a function that cuts lists into pieces which are the identical lists wherever the same elements follow each other: when one element
 * changes, comes or goes, one or two pieces are new and all others are what they were. Walks over long lists ask piece by piece, and find the
 * answers for most of them.
 */
export function createCutter<T extends object>(): Cutter<T> {
  const cut = new WeakMap<readonly T[], readonly (readonly T[])[]>();
  /** By their first elements. */
  const known = new WeakMap<T, (readonly T[])[]>();

  const intern = (piece: readonly T[]): readonly T[] => {
    const [first] = piece;
    if (first === undefined) return piece;
    const alike = known.get(first) ?? [];
    const same = alike.find((other) => isSame(other, piece));
    if (same !== undefined) return same;
    known.set(first, [piece, ...alike].slice(0, MAX_ALIKE));
    return piece;
  };

  return (list) => {
    const pieces = cut.get(list) ?? split(list).map(intern);
    cut.set(list, pieces);
    return pieces;
  };
}

/** Pieces end behind elements whose number says so, wherever in the list they stand. */
function split<T extends object>(list: readonly T[]): readonly (readonly T[])[] {
  const pieces: (readonly T[])[] = [];
  let start = 0;
  for (const [i, element] of list.entries()) {
    if (numberOf(element) % SIZE !== SIZE - 1 && i - start < 4 * SIZE) continue;
    pieces.push(list.slice(start, i + 1));
    start = i + 1;
  }
  if (start < list.length) pieces.push(list.slice(start));
  return pieces;
}

function numberOf(element: object): number {
  const number = numbers.get(element) ?? nextNumber++;
  numbers.set(element, number);
  return number;
}

function isSame(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}
