import { describe, expect, it } from 'vitest';
import { readIssues } from '../../test/support/issues.ts';
import { DEFAULT_CONTEXT } from './context.ts';
import { parseObject } from './parse-object.ts';
import { readDocuments } from './read/read-documents.ts';

describe('parseObject: what could hang or overflow', () => {
  const level = (name: string, of: string) => `${name}: &${name} [${Array(10).fill(of).join(', ')}]`;
  const bomb = [
    level('a', 'x'),
    level('b', '*a'),
    level('c', '*b'),
    level('d', '*c'),
    level('e', '*d'),
    level('f', '*e'),
  ];

  it.each([
    {
      what: 'an alias bomb',
      text: bomb.join('\n'),
      reason: "the document's aliases stand for more than 200000 values",
    },
    {
      what: 'an alias of itself',
      text: 'metadata: &m {labels: *m}',
      reason: "the document's aliases stand for more than 200000 values",
    },
    { what: 'deep lists', text: '['.repeat(5000), reason: 'nesting exceeded maxDepth (100)' },
    { what: 'deep objects', text: '{"a":'.repeat(5000), reason: 'nesting exceeded maxDepth (100)' },
    {
      what: 'a text larger than any object',
      text: `a: "${'x'.repeat(3 * 1024 * 1024)}"`,
      reason: 'the document is larger than 3145728 characters',
    },
  ])('refuses $what', ({ text, reason }) => {
    const [document] = readDocuments(text, 'bomb.yaml');
    const issues = document && parseObject(document, DEFAULT_CONTEXT).issues;
    expect(issues?.map(({ code, message }) => ({ code, message }))).toEqual([{ code: 'YAML_SYNTAX', message: reason }]);
  });

  it('bounds the issues of one object', () => {
    const fields = Array.from({ length: 500 }, (_, index) => `  unknown${index}: 1`).join('\n');
    const text = `apiVersion: networking.istio.io/v1\nkind: WorkloadEntry\nmetadata: {name: a}\nspec:\n  address: 1.1.1.1\n${fields}`;
    expect(readIssues(text)).toHaveLength(50);
  });
});

describe('parseObject', () => {
  const object = {
    apiVersion: 'networking.istio.io/v1',
    kind: 'WorkloadEntry',
    metadata: { name: 'a', namespace: 'b', resourceVersion: '7', creationTimestamp: '1970-01-01T00:00:01Z' },
    spec: { address: '1.1.1.1', weight: '5' },
  };

  it('reads an object of an API server and leaves it as it is', () => {
    const before = structuredClone(object);
    expect(parseObject({ cluster: 'c1', object }, DEFAULT_CONTEXT)).toEqual({
      key: 'WorkloadEntry/b/a',
      issues: [],
      object: {
        kind: 'WorkloadEntry',
        meta: expect.objectContaining({ revision: '7', createdMs: 1000, origin: { kind: 'cluster', cluster: 'c1' } }),
        value: expect.objectContaining({ address: '1.1.1.1', weight: 5 }),
      },
    });
    expect(object).toEqual(before);
  });

  it('names the object of an issue, and its namespace where none is written', () => {
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: 1';
    const [document] = readDocuments(text, 'a.yaml');
    const result = document && parseObject(document, { ...DEFAULT_CONTEXT, defaultNamespace: 'home' });
    expect(result).toEqual({
      key: 'Service/home/a',
      issues: [
        {
          severity: 'error',
          code: 'FIELD_TYPE',
          path: ['spec'],
          message: 'spec is a whole number, expected an object',
          object: 'Service/home/a',
          origin: { kind: 'file', file: 'a.yaml', line: 4, column: 7 },
        },
      ],
    });
  });
});
