import fc from 'fast-check';
import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { DEFAULT_CONTEXT } from './context.ts';
import type { Kind } from './define-kind.ts';
import { KINDS } from './kinds.ts';
import { MESH_CONFIG } from './mesh/mesh-config-spec.ts';
import { parseMeshConfig } from './mesh/parse-mesh-config.ts';
import { parseObject } from './parse-object.ts';
import { ConfigDocument } from './read/config-document.ts';
import { readDocuments } from './read/read-documents.ts';

/** Either an object, or a reason why there is none: never both, never neither, never a throw. */
function expectVerdict(text: string): void {
  for (const document of readDocuments(text, 'fuzz.yaml')) {
    const { object, issues } = parseObject(document, DEFAULT_CONTEXT);
    const isRefused = issues.some(({ severity, code }) => severity === 'error' || code.startsWith('KIND_'));
    const isEmpty = issues.length === 0 && document.parse().kind === 'empty';
    expect(object === undefined).toBe(isRefused || isEmpty);
  }
}

/** Texts that mean something to some field. */
const WORDS = fc.constantFrom(
  ...[
    '',
    '*',
    '.',
    '~',
    'a',
    'A.b',
    '*.a.com',
    '*a',
    'a b',
    '/',
    '/a',
    '10.0.0.1',
    '10.0.0.0/8',
    '::1',
    'unix:///a',
    'unix://@a',
    '5s',
    '0s',
    '-1s',
  ],
  ...[
    '1ms',
    'HTTP',
    'TLS',
    'TCP',
    'HTTPS',
    'mesh',
    'ns/name',
    './x',
    '*/*',
    './*',
    '~/*',
    'a.*',
    '(a)',
    '\\1',
    '(?=a)',
    '%REQ(a)%',
    '%',
    'host',
  ],
  ...[
    ':authority',
    'x-a',
    '@request.auth.claims.a',
    'YQ==',
    '127.0.0.1:80',
    'localhost:1',
    '503',
    '5xx',
    'a/b/c',
    'a/*',
    'default',
  ],
);

interface Written {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Written>>;
  readonly required?: readonly string[];
  readonly items?: Written;
  readonly additionalProperties?: Written | false;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Values of the shape that a schema describes, and now and then of another. */
function valueOf(schema: Written): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary: shapeOf(schema) }, { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) });
}

function shapeOf(schema: Written): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      if (schema.additionalProperties)
        return fc.dictionary(WORDS, valueOf(schema.additionalProperties), { maxKeys: 3 });
      return fc.record(
        Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, field]) => [name, valueOf(field)])),
        {
          requiredKeys: [...(schema.required ?? [])],
        },
      );
    case 'array':
      return fc.array(valueOf(schema.items ?? {}), { maxLength: 3 });
    case 'integer':
      return fc.oneof(
        fc.integer({ min: schema.minimum ?? -5, max: schema.maximum ?? 600 }),
        fc.integer({ min: -1, max: 3 }),
      );
    case 'number':
      return fc.double({ min: schema.minimum ?? -1, max: schema.maximum ?? 200, noNaN: true });
    case 'boolean':
      return fc.boolean();
    default:
      return fc.oneof({ weight: 9, arbitrary: WORDS }, { weight: 1, arbitrary: fc.string({ unit: 'binary' }) });
  }
}

/** Most fields of a kind left out, so that some objects are right. */
function sparse(value: unknown, keep: () => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => sparse(item, keep));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(keep)
      .map(([name, field]) => [name, sparse(field, keep)]),
  );
}

describe('reading never throws', () => {
  it('on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), expectVerdict), { numRuns: 300 });
  });

  it('on any text of the signs of YAML', () => {
    const signs = fc.string({ unit: fc.constantFrom(...'{}[]:-,&*!|>\'"%@`#?~ \n\tab1'), maxLength: 60 });
    fc.assert(fc.property(signs, expectVerdict), { numRuns: 500 });
  });

  it('on any JSON', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 5 }), expectVerdict), { numRuns: 300 });
  });

  it.each(Object.values<Kind>(KINDS).map((kind) => ({ kind, name: kind.kind })))(
    'on anything like a $name',
    ({ kind }) => {
      const schema: TSchema = kind.schema;
      const identity = {
        apiVersion: kind.group === '' ? kind.versions[0] : `${kind.group}/${kind.versions[0]}`,
        kind: kind.kind,
        metadata: { name: 'a', namespace: 'b' },
      };
      const property = fc.property(
        shapeOf(schema),
        fc.infiniteStream(fc.integer({ min: 0, max: 2 })),
        (value, coins) => {
          const object = sparse(value, () => coins.next().value > 0);
          expectVerdict(JSON.stringify({ ...Object(object), ...identity }));
        },
      );
      fc.assert(property, { numRuns: 150 });
    },
  );

  it('on anything like a mesh configuration', () => {
    const schema: TSchema = MESH_CONFIG;
    const property = fc.property(shapeOf(schema), fc.infiniteStream(fc.integer({ min: 0, max: 3 })), (value, coins) => {
      const text = JSON.stringify(sparse(value, () => coins.next().value === 0));
      const { mesh, issues } = parseMeshConfig(new ConfigDocument('mesh', 1, text), { domainSuffix: 'cluster.local' });
      expect(mesh === undefined).toBe(issues.some(({ severity }) => severity === 'error'));
    });
    fc.assert(property, { numRuns: 150 });
  });
});
