import { closest, distance } from 'fastest-levenshtein';

/** The known word that was most likely meant; `undefined` when none is near. Spelling with `_` or `-` for capitals counts as the same. */
export function findSimilar(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 100) return undefined;
  const camel = word.replace(/[_-]([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const exact = known.find((name) => name.toLowerCase() === camel.toLowerCase());
  if (exact !== undefined) return exact;
  const nearest = closest(camel, known);
  return distance(camel, nearest) <= Math.max(1, Math.floor(word.length / 3)) ? nearest : undefined;
}
