import { DELIBERATE } from './deliberate.ts';
import { isPlain, type Plain } from './plain.ts';

/** A resource with the deliberate differences taken out. */
export function normalise(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalise);
  if (!isPlain(value)) return value;
  const object: Plain = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normalise(inner)]));
  return DELIBERATE.reduce((rewritten, { rewrite }) => rewrite(rewritten), object);
}
