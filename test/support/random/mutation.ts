import fc from 'fast-check';
import type { Plain } from './repair.ts';

/** A value put somewhere into an object where it may not belong. */
export interface Mutation {
  /** Chooses among all places, counted from the object's beginning. */
  readonly place: number;
  readonly change:
    | { readonly kind: 'replace'; readonly value: unknown }
    | { readonly kind: 'remove' }
    | { readonly kind: 'add'; readonly field: string; readonly value: unknown };
}

/** What fields are confused with. */
const STRANGE = fc.oneof(
  fc.constantFrom<unknown>(null, '', '*', -1, 1e300, [], {}, [null], '\u0000', '%', '(', 'x'.repeat(70_000), true),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Random mutations. */
export const MUTATIONS: fc.Arbitrary<Mutation> = fc.record({
  place: fc.nat(),
  change: fc.oneof(
    STRANGE.map((value) => ({ kind: 'replace', value }) as const),
    fc.constant({ kind: 'remove' } as const),
    fc
      .tuple(fc.constantFrom('unknown', 'host', '__proto__', 'port', ''), STRANGE)
      .map(([field, value]) => ({ kind: 'add', field, value }) as const),
  ),
});

type Path = readonly string[];

/** The object after a mutation of its specification. */
export function mutate(object: Plain, { place, change }: Mutation): Plain {
  const paths = [...listPaths(object.spec, [])];
  const path = paths[place % paths.length] ?? [];
  return { ...object, spec: changeAt(object.spec, path, change) };
}

function* listPaths(value: unknown, path: Path): Generator<Path> {
  yield path;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* listPaths(inner, [...path, key]);
}

function changeAt(value: unknown, [key, ...rest]: Path, change: Mutation['change']): unknown {
  if (key === undefined) return changeHere(value, change);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, i) => (String(i) === key ? changeAt(item, rest, change) : item));
    return items.filter((item) => item !== undefined);
  }
  return { ...Object(value), [key]: changeAt(Object(value)[key], rest, change) };
}

function changeHere(value: unknown, change: Mutation['change']): unknown {
  switch (change.kind) {
    case 'replace':
      return change.value;
    case 'remove':
      return undefined;
    case 'add':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? { ...value, [change.field]: change.value }
        : value;
  }
}
