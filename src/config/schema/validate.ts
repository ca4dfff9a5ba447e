import { Ajv, type ErrorObject, type SchemaValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { FORMATS } from './formats.ts';

/** One violated rule of a schema. */
export type Violation = ErrorObject;

/** Says whether a value has the shape of a schema; afterwards `violations` tells what it violated. */
export interface Validator<T> {
  (value: unknown): value is T;
  readonly errors?: readonly Violation[] | null;
}

/** At most one field of each group is written. */
const isExclusive: SchemaValidateFunction = (groups: readonly (readonly string[])[], value: object): boolean => {
  const clashes = groups
    .map((group) => group.filter((name) => Object.hasOwn(value, name)))
    .filter((names) => names.length > 1);
  isExclusive.errors = clashes.map((names) => ({
    keyword: 'exclusive',
    message: 'must be exclusive',
    params: { names },
  }));
  return clashes.length === 0;
};

const ajv = createAjv();

/** Compiles a schema. Costs milliseconds, so kinds do it when their first object comes. */
export function compileValidator<T>(schema: TSchema): Validator<T> {
  return ajv.compile<T>(schema);
}

function createAjv(): Ajv {
  const created = new Ajv({ allErrors: true, verbose: true, strict: false, addUsedSchema: false, ownProperties: true });
  for (const [name, { test }] of Object.entries(FORMATS)) created.addFormat(name, { type: 'string', validate: test });
  created.addKeyword({
    keyword: 'exclusive',
    type: 'object',
    schemaType: 'array',
    validate: isExclusive,
    errors: true,
  });
  return created;
}
