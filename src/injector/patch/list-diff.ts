import { isJsonObject, type Json } from '../json.ts';
import type { PatchOperation } from './json-patch.ts';

/** Looks into two elements that are the same one before and after. */
type DiffElements = (before: Json, after: Json, path: string) => void;

/**
 * The steps from one list to another. Elements are told apart by their name (or port, or mount path); those that keep their order stay, the
 * others are taken out from the back and put in from the front.
 */
export function diffLists(
  from: readonly Json[],
  to: readonly Json[],
  path: string,
  operations: PatchOperation[],
  diff: DiffElements,
): void {
  if (!to.every(isJsonObject) || !from.every(isJsonObject)) {
    // Lists of texts are arguments, mostly: in parts they mean nothing.
    if (JSON.stringify(from) !== JSON.stringify(to)) operations.push({ op: 'replace', path, value: to });
    return;
  }
  const before = toIds(from);
  const after = toIds(to);
  const kept = keepOrder(before, after);
  for (let index = from.length - 1; index >= 0; index--)
    if (!kept.has(before[index] ?? '')) operations.push({ op: 'remove', path: `${path}/${index}` });
  for (const [index, value] of to.entries()) {
    const id = after[index] ?? '';
    const old = kept.get(id);
    const previous = old === undefined ? undefined : from[old];
    if (previous === undefined) operations.push({ op: 'add', path: `${path}/${index}`, value });
    else diff(previous, value, `${path}/${index}`);
  }
}

/** A name for each element. The second of a name gets a number, so that none is lost. */
function toIds(list: readonly Json[]): readonly string[] {
  const seen = new Map<string, number>();
  return list.map((element) => {
    const id = toId(element);
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    return count === 0 ? id : `${id}#${count}`;
  });
}

function toId(element: Json): string {
  if (!isJsonObject(element)) return JSON.stringify(element);
  const key = element.mountPath ?? element.name ?? element.containerPort;
  return typeof key === 'string' || typeof key === 'number' ? `key:${key}` : JSON.stringify(element);
}

/** The most elements of both lists that come in the same order in each: by id, where they stood before. */
function keepOrder(before: readonly string[], after: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map(before.map((id, place) => [id, place]));
  const shared = after.flatMap((id) => {
    const place = places.get(id);
    return place === undefined ? [] : [{ id, place }];
  });
  return new Map(longestRising(shared).map(({ id, place }) => [id, place]));
}

/** The longest part of a sequence whose places rise, in any order. */
function longestRising<T extends { readonly place: number }>(sequence: readonly T[]): readonly T[] {
  const links = new Map<T, T | undefined>();
  // By length, the chain of that length that ends lowest.
  const ends: T[] = [];
  for (const item of sequence) {
    const length = findPlace(ends, item.place);
    links.set(item, length > 0 ? ends[length - 1] : undefined);
    ends[length] = item;
  }
  const chain: T[] = [];
  for (let item = ends.at(-1); item !== undefined; item = links.get(item)) chain.push(item);
  return chain;
}

/** Where a place belongs among those that rise. */
function findPlace(ends: readonly { readonly place: number }[], place: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle]?.place ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
