import { findCommonEnds } from '../kit/common-ends.ts';

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
  /** The last list that began with an element. */
  const last = new WeakMap<T, Cut<T>>();
  const intern = createInterner<T>();

  return (list) => {
    const known = cut.get(list);
    const [first] = list;
    if (known !== undefined || first === undefined) return known ?? [];
    const pieces = split(list, last.get(first) ?? NOTHING_CUT, intern);
    cut.set(list, pieces);
    last.set(first, { list, pieces });
    return pieces;
  };
}

/**
 * Makes a function that returns the identical list for lists of the identical elements, as long as there were not many others lately that
 * begin with the same element.
 */
export function createInterner<T extends object>(): (list: readonly T[]) => readonly T[] {
  /** By their first elements. */
  const known = new WeakMap<T, readonly (readonly T[])[]>();
  return (list) => {
    const [first] = list;
    if (first === undefined) return NOTHING_CUT.list;
    const alike = known.get(first) ?? [];
    const same = alike.find((other) => isSame(other, list));
    if (same !== undefined) return same;
    known.set(first, [list, ...alike].slice(0, MAX_ALIKE));
    return list;
  };
}

/**
 * Makes a function that returns what `read` says of each piece of a list. `read` is asked once for each piece, so a list of which little changed
 * costs little; it must look at nothing else.
 */
export function createPieceReader<T extends object, R>(
  read: (piece: readonly T[]) => R,
  cut: Cutter<T> = createCutter<T>(),
): (list: readonly T[]) => readonly R[] {
  const answers = new WeakMap<readonly T[], { readonly answer: R }>();
  return (list) =>
    cut(list).map((piece) => {
      const known = answers.get(piece) ?? { answer: read(piece) };
      answers.set(piece, known);
      return known.answer;
    });
}

/** A list, and what it was cut into. */
interface Cut<T> {
  readonly list: readonly T[];
  readonly pieces: readonly (readonly T[])[];
}

const NOTHING_CUT: Cut<never> = { list: [], pieces: [] };

/**
 * Pieces end behind elements whose number says so, wherever in the list they stand. What `list` has in common with the list before it is not
 * looked at element by element: the pieces of its beginning and of its end are taken over.
 */
function split<T extends object>(
  list: readonly T[],
  before: Cut<T>,
  intern: (piece: readonly T[]) => readonly T[],
): readonly (readonly T[])[] {
  const { prefix, suffix } = findCommonEnds(before.list, list);
  const pieces: (readonly T[])[] = [];
  let start = 0;
  let taken = 0;
  for (let piece = before.pieces[0]; piece && start + piece.length <= prefix; piece = before.pieces[taken]) {
    pieces.push(piece);
    start += piece.length;
    taken++;
  }
  // Where pieces of the common end begin, in the list as it is now.
  const ends = new Map<number, number>();
  let at = list.length;
  for (let i = before.pieces.length - 1; i >= taken; i--) {
    at -= before.pieces[i]?.length ?? 0;
    if (at < list.length - suffix) break;
    ends.set(at, i);
  }
  for (let i = start; i < list.length; i++) {
    const rest = i === start ? ends.get(i) : undefined;
    if (rest !== undefined) return pieces.concat(before.pieces.slice(rest));
    if (!isLast(list[i]) && i - start < 4 * SIZE) continue;
    pieces.push(intern(list.slice(start, i + 1)));
    start = i + 1;
  }
  if (start < list.length) pieces.push(intern(list.slice(start)));
  return pieces;
}

function isLast(element: object | undefined): boolean {
  return element !== undefined && numberOf(element) % SIZE === SIZE - 1;
}

function numberOf(element: object): number {
  const number = numbers.get(element) ?? nextNumber++;
  numbers.set(element, number);
  return number;
}

function isSame(a: readonly object[], b: readonly object[]): boolean {
  return a.length === b.length && a.every((element, i) => element === b[i]);
}
