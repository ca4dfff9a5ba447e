import { describe, expect, it } from 'vitest';
import { readDocuments } from './read-documents.ts';

const LIST = `
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Service
- {apiVersion: v1, kind: Secret}
`;

describe('readDocuments', () => {
  it('reads the items of a List one by one, each with its place', () => {
    const documents = readDocuments(LIST, 'list.yaml');
    expect(documents.map((document) => ({ value: document.parse(), origin: document.origin }))).toEqual([
      {
        value: { kind: 'value', value: { apiVersion: 'v1', kind: 'Service' } },
        origin: { kind: 'file', file: 'list.yaml', line: 5, column: 3 },
      },
      {
        value: { kind: 'value', value: { apiVersion: 'v1', kind: 'Secret' } },
        origin: { kind: 'file', file: 'list.yaml', line: 7, column: 3 },
      },
    ]);
  });

  it('places the fields of an item', () => {
    const [, second] = readDocuments(LIST, 'list.yaml');
    expect(second?.originOf(['kind'], 'value')).toEqual({ kind: 'file', file: 'list.yaml', line: 7, column: 26 });
  });

  it('reads a List of JSON', () => {
    const documents = readDocuments('{"kind":"ServiceList","items":[{"kind":"Service"},{"kind":"Service"}]}', 'a.json');
    expect(documents).toHaveLength(2);
  });

  it('keeps a List that cannot be parsed in one piece', () => {
    expect(readDocuments('kind: List\nitems: [', 'a.yaml')).toHaveLength(1);
  });

  it('gives equal identities to equal texts, wherever they lie', () => {
    const [first, second] = readDocuments('a: 1\n---\n# x\n---\na: 1\n', 'a.yaml');
    expect(first?.identity).toBe(second?.identity);
  });

  it('gives other identities to other items of a List', () => {
    const [first, second] = readDocuments(LIST, 'list.yaml');
    expect(first?.identity).not.toBe(second?.identity);
  });

  it('tells where an object begins, past comments', () => {
    const [document] = readDocuments('# a\n---\n\n# b\n  a: 1\n', 'a.yaml');
    expect(document?.origin).toEqual({ kind: 'file', file: 'a.yaml', line: 5, column: 3 });
  });

  it('places the fields of a text within a block of text', () => {
    const [document] = readDocuments('data:\n  other: x\n  mesh: |-\n    a: 1\n    b: 2\n', 'a.yaml');
    const nested = document?.nested(['data', 'mesh'], 'a: 1\nb: 2');
    expect(nested?.originOf(['b'], 'value')).toEqual({ kind: 'file', file: 'a.yaml', line: 5, column: 8 });
  });

  it('places a text that is quoted as a whole', () => {
    const [document] = readDocuments('data:\n  mesh: "a: 1\\nb: 2"\n', 'a.yaml');
    const nested = document?.nested(['data', 'mesh'], 'a: 1\nb: 2');
    expect(nested?.originOf(['b'], 'value')).toEqual({ kind: 'file', file: 'a.yaml', line: 2, column: 1 });
  });
});
