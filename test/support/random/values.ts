import fc from 'fast-check';
import type { FormatName } from '../../../src/config/schema/formats.ts';
import { KEYS_BY_NAME, PORTS, VALUES_BY_NAME, WORDS_BY_FORMAT, WORDS_BY_NAME } from './words.ts';

/** What of a schema shapes random values. */
export interface Written {
  readonly type?: string | readonly string[] | undefined;
  readonly enum?: readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly properties?: Readonly<Record<string, Written>> | undefined;
  readonly required?: readonly string[] | undefined;
  readonly items?: Written | undefined;
  readonly additionalProperties?: Written | false | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly minItems?: number | undefined;
  readonly exclusive?: readonly (readonly string[])[] | undefined;
  readonly open?: boolean | undefined;
}

/** Fields that nothing here can stand in for: files of the user's machine that Envoy wants to read. */
const SKIPPED: ReadonlySet<string> = new Set(['caCrl', 'status']);

/** How likely an optional field is, by how deep it lies: of so many, one. */
const RARITY = [1.5, 2.5, 3, 4, 5];

/**
 * Values of the shape that a kind's schema describes, with the words of `words.ts` in them. Most fields are left out, so that objects are of a
 * size that people write; shrinking leaves out more.
 */
export function valuesOf(schema: Written, name = '', depth = 0): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return schema.additionalProperties ? mapsOf(schema.additionalProperties, name, depth) : objectsOf(schema, depth);
    case 'array':
      return fc.array(valuesOf(schema.items ?? {}, name, depth), { minLength: schema.minItems ?? 0, maxLength: 3 });
    case 'integer':
      return wholeNumbers(schema);
    case 'number':
      return fc.oneof(
        fc.constantFrom(0, 0.5, 1, 10, 100),
        fc.double({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 100, 1e6), noNaN: true }),
      );
    case 'boolean':
      return fc.boolean();
    default:
      return textsOf(schema.format, name);
  }
}

function objectsOf({ properties = {}, required = [], exclusive = [], open }: Written, depth: number) {
  if (open) return fc.constant({});
  const entries = Object.entries(properties).filter(([name]) => !SKIPPED.has(name));
  const fields = entries.map(([name, field]) =>
    optional(valuesOf(field, name, depth + 1), required.includes(name) ? 0 : (RARITY[depth] ?? 6)),
  );
  return fc.tuple(...fields, fc.nat()).map((values) => {
    const chosen = entries.map(([name], i) => [name, values[i]] as const).filter(([, value]) => value !== undefined);
    return withoutRivals(Object.fromEntries(chosen), exclusive, Number(values.at(-1)));
  });
}

/** Of fields that exclude each other one stays. */
function withoutRivals(
  object: Readonly<Record<string, unknown>>,
  groups: readonly (readonly string[])[],
  choice: number,
): Readonly<Record<string, unknown>> {
  const losers = groups.flatMap((group) => {
    const present = group.filter((name) => name in object);
    return present.filter((_, i) => i !== choice % present.length);
  });
  return Object.fromEntries(Object.entries(object).filter(([name]) => !losers.includes(name)));
}

function optional(value: fc.Arbitrary<unknown>, rarity: number): fc.Arbitrary<unknown> {
  if (rarity === 0) return value;
  const nothing = { weight: Math.round(4 * (rarity - 1)), arbitrary: fc.constant(undefined) };
  return fc.oneof({ withCrossShrink: true }, nothing, { weight: 4, arbitrary: value });
}

function mapsOf(values: Written, name: string, depth: number): fc.Arbitrary<unknown> {
  const keys = fc.constantFrom(...(KEYS_BY_NAME[name] ?? ['a', 'b']));
  const words = VALUES_BY_NAME[name];
  const inner = words && values.type === 'string' ? fc.constantFrom(...words) : valuesOf(values, '', depth + 1);
  return fc.dictionary(keys, inner, { maxKeys: 2 });
}

function wholeNumbers({ minimum = 0, maximum = 600 }: Written): fc.Arbitrary<number> {
  const inRange = fc.integer({ min: minimum, max: Math.min(maximum, minimum + 600) });
  if (maximum === 65_535)
    return fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...PORTS) }, { weight: 1, arbitrary: inRange });
  return fc.oneof(inRange, fc.constantFrom(minimum, maximum));
}

function textsOf(format: string | undefined, name: string): fc.Arbitrary<string> {
  const words = (isKnown(format) ? WORDS_BY_FORMAT[format] : undefined) ?? WORDS_BY_NAME[name] ?? ['a', 'b.c', ''];
  return fc.constantFrom(...words);
}

function isKnown(format: string | undefined): format is FormatName {
  return format !== undefined && Object.hasOwn(WORDS_BY_FORMAT, format);
}
