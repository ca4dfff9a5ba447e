import type { TSchema } from 'typebox';

/** Copies, of a value, what a schema names. */
export type Picker = (value: unknown) => unknown;

/**
 * Makes a copier of the fields that a kind's schema names: whatever else an API server sends about an object costs memory, and its changes
 * concern nobody. Values of the wrong type are kept as they are: the border says what is wrong with them.
 */
export function createPick(schema: TSchema): Picker {
  const { properties, items } = readShape(schema);
  if (properties !== undefined) return pickFields(properties);
  if (items === undefined) return (value) => value;
  const pick = createPick(items);
  return (value) => (Array.isArray(value) ? value.map(pick) : value);
}

function pickFields(properties: Readonly<Record<string, TSchema>>): Picker {
  const fields = Object.entries(properties).map(([name, schema]) => [name, createPick(schema)] as const);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const written = new Map(Object.entries(value));
    const picked: Record<string, unknown> = {};
    for (const [name, pick] of fields) {
      const field = written.get(name);
      if (field !== undefined) picked[name] = pick(field);
    }
    return picked;
  };
}

interface Shape {
  readonly properties?: Readonly<Record<string, TSchema>>;
  readonly items?: TSchema;
}

function readShape(schema: TSchema): Shape {
  return schema;
}
