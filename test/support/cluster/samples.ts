import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { DEFAULT_CONTEXT } from '../../../src/config/context.ts';
import type { Kind } from '../../../src/config/define-kind.ts';
import { KINDS } from '../../../src/config/kinds.ts';
import { parseObject } from '../../../src/config/parse-object.ts';
import type { Issue } from '../../../src/model/issue.ts';
import { type Plain, repairObject } from '../random/repair.ts';
import { valuesOf, type Written } from '../random/values.ts';

/** An object of one of the kinds that we bring the CRD of. */
export interface Sample {
  /** Where it is from, for messages. */
  readonly from: string;
  readonly kind: Kind;
  readonly object: Plain;
}

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const ATTEMPTS = 40;
const WRITTEN = [
  'test/golden/**/in.yaml',
  'test/golden/shared/*.yaml',
  'examples/**/*.yaml',
  'test/support/cluster/every-field.yaml',
];

/** The kinds that we bring the CRD of. */
export function listOwnKinds(): readonly Kind[] {
  return Object.values<Kind>(KINDS).filter(({ resource }) => resource !== undefined);
}

/** Every object that somebody wrote for the goldens and the examples, and that we accept. */
export function listWrittenSamples(): readonly Sample[] {
  return globSync(WRITTEN, { cwd: REPOSITORY })
    .sort()
    .flatMap((file) => readObjects(path.join(REPOSITORY, file)).flatMap((object) => toSample(file, object)))
    .filter(({ object }) => errorsOf(object).length === 0);
}

/** Random objects of a kind that we accept; the same ones each time. */
export function listRandomSamples(kind: Kind, count: number): readonly Sample[] {
  const schema: Written = kind.resource?.spec ?? {};
  return fc.sample(valuesOf(schema), { seed: 1, numRuns: count }).flatMap((spec, i) => {
    const object = repairObject(toObject(kind, `random-${i}`, spec));
    return object === undefined ? [] : [{ from: `random ${kind.kind} ${i}`, kind, object }];
  });
}

/**
 * An object of a kind that has a field, as `listFields` writes it, and that we accept; the same one each time. `undefined` where
 * random words around the field never add up to one.
 */
export function findSampleWith(kind: Kind, field: string): Sample | undefined {
  const schema: Written = kind.resource?.spec ?? {};
  const steps = field.match(/\[\]|\.[^.[]+/g) ?? [];
  for (let seed = 1; seed <= ATTEMPTS; seed++) {
    const object = repairObject(toObject(kind, 'with-field', force(schema, steps, { name: '', seed })));
    if (object !== undefined && new Set(listWrittenFields(schema, object.spec)).has(field)) {
      return { from: `${kind.kind} with ${field}`, kind, object };
    }
  }
  return undefined;
}

/** A random value of a schema that has what `steps` lead to, what is required, and nothing else. */
function force(schema: Written, [step, ...rest]: readonly string[], { name, seed }: Chance): unknown {
  if (step === undefined) return fc.sample(valuesOf(schema, name), { seed, numRuns: 1 })[0];
  if (step === '[]') return [force(schema.items ?? {}, rest, { name, seed })];
  if (schema.additionalProperties) return { a: force(schema.additionalProperties, rest, { name: '', seed }) };
  const { properties = {}, required = [], exclusive = [] } = schema;
  const wanted = step.slice(1);
  const rivals = exclusive.filter((group) => group.includes(wanted)).flat();
  const ground = required.filter((field) => field !== wanted && !rivals.includes(field));
  return Object.fromEntries([
    ...ground.map((field) => [field, force(properties[field] ?? {}, [], { name: field, seed })] as const),
    [wanted, force(properties[wanted] ?? {}, rest, { name: wanted, seed })] as const,
  ]);
}

interface Chance {
  /** Of the field, which decides what words may be in it. */
  readonly name: string;
  readonly seed: number;
}

/** An object of a kind's newest version. */
export function toObject(kind: Kind, name: string, spec: unknown): Plain {
  return {
    apiVersion: `${kind.group}/${kind.versions[0]}`,
    kind: kind.kind,
    metadata: { name, namespace: 'default' },
    spec,
  };
}

/** What we say against an object that an API server sent. */
export function errorsOf(object: Plain): readonly Issue[] {
  return parseObject({ cluster: 'test', object }, DEFAULT_CONTEXT).issues.filter(
    ({ severity }) => severity === 'error',
  );
}

/** Every field that a schema has, as paths with `[]` for items of lists and `.*` for values by name. */
export function* listFields(schema: Written, at = ''): Generator<string> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    yield `${at}.${name}`;
    yield* listFields(field, `${at}.${name}`);
  }
  if (schema.items) yield* listFields(schema.items, `${at}[]`);
  if (schema.additionalProperties) yield* listFields(schema.additionalProperties, `${at}.*`);
}

/** The fields of a schema that a value has. */
export function* listWrittenFields(schema: Written, value: unknown, at = ''): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  const { items, additionalProperties, properties = {} } = schema;
  for (const [key, inner] of Object.entries(value)) {
    const field = properties[key];
    if (field !== undefined) {
      yield `${at}.${key}`;
      yield* listWrittenFields(field, inner, `${at}.${key}`);
    } else if (items) yield* listWrittenFields(items, inner, `${at}[]`);
    else if (additionalProperties) yield* listWrittenFields(additionalProperties, inner, `${at}.*`);
  }
}

function readObjects(file: string): readonly unknown[] {
  return parseAllDocuments(readFileSync(file, 'utf8')).map((document): unknown => document.toJS());
}

function toSample(from: string, object: unknown): readonly Sample[] {
  const kind = listOwnKinds().find((known) => isPlain(object) && known.kind === object.kind);
  return kind !== undefined && isPlain(object) ? [{ from, kind, object }] : [];
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null;
}
