import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonList, isJsonObject, type Json, type JsonObject } from '../json.ts';
import { createJsonPatch, type PatchOperation } from './json-patch.ts';

const named = (names: string): readonly JsonObject[] => [...names].map((name) => ({ name }));

describe('createJsonPatch', () => {
  it.each([
    { when: 'nothing changes', from: { a: [1] }, to: { a: [1] }, patch: [] },
    { when: 'a field is new', from: {}, to: { a: 1 }, patch: [{ op: 'add', path: '/a', value: 1 }] },
    { when: 'a field is gone', from: { a: 1 }, to: {}, patch: [{ op: 'remove', path: '/a' }] },
    {
      when: 'a field changes',
      from: { a: { b: 1 } },
      to: { a: { b: 2 } },
      patch: [{ op: 'replace', path: '/a/b', value: 2 }],
    },
    { when: 'names need escapes', from: {}, to: { 'a/b~c': 1 }, patch: [{ op: 'add', path: '/a~1b~0c', value: 1 }] },
    {
      when: 'an element is put in front',
      from: { l: named('b') },
      to: { l: named('ab') },
      patch: [{ op: 'add', path: '/l/0', value: { name: 'a' } }],
    },
    {
      when: 'an element is taken out',
      from: { l: named('abc') },
      to: { l: named('ac') },
      patch: [{ op: 'remove', path: '/l/1' }],
    },
    {
      when: 'an element moves to the end',
      from: { l: named('abc') },
      to: { l: named('bca') },
      patch: [
        { op: 'remove', path: '/l/0' },
        { op: 'add', path: '/l/2', value: { name: 'a' } },
      ],
    },
    {
      when: 'an element changes within',
      from: { l: [{ name: 'a', x: 1 }] },
      to: { l: [{ name: 'z' }, { name: 'a', x: 2 }] },
      patch: [
        { op: 'add', path: '/l/0', value: { name: 'z' } },
        { op: 'replace', path: '/l/1/x', value: 2 },
      ],
    },
    {
      when: 'arguments change',
      from: { args: ['a', 'b'] },
      to: { args: ['a', 'c'] },
      patch: [{ op: 'replace', path: '/args', value: ['a', 'c'] }],
    },
  ])('when $when', ({ from, to, patch }) => {
    expect(createJsonPatch(from, to)).toEqual(patch);
  });

  it('leads from any document to any other', () => {
    const element = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), x: fc.integer({ min: 0, max: 2 }) });
    const document = fc.record({
      l: fc.array(element, { maxLength: 7 }),
      t: fc.array(fc.string(), { maxLength: 3 }),
      m: fc.dictionary(fc.string(), fc.integer(), { maxKeys: 4 }),
    });
    fc.assert(
      fc.property(document, document, (from, to) => {
        expect(applyPatch(from, createJsonPatch(from, to))).toEqual(to);
      }),
    );
  });
});

/** A plain reading of RFC 6902. */
function applyPatch(from: Json, patch: readonly PatchOperation[]): Json {
  return patch.reduce((document, operation) => apply(document, operation, operation.path.split('/').slice(1)), from);
}

function apply(at: Json, operation: PatchOperation, [first = '', ...rest]: readonly string[]): Json {
  const key = first.replaceAll('~1', '/').replaceAll('~0', '~');
  if (isJsonList(at)) {
    const index = Number(key);
    const changed =
      rest.length > 0 ? [apply(at[index] ?? null, operation, rest)] : 'value' in operation ? [operation.value] : [];
    return at.toSpliced(index, rest.length === 0 && operation.op === 'add' ? 0 : 1, ...changed);
  }
  if (!isJsonObject(at)) throw new Error(`nothing at ${operation.path}`);
  const { [key]: before, ...others } = at;
  if (rest.length > 0) return { ...at, [key]: apply(before ?? null, operation, rest) };
  return 'value' in operation ? { ...others, [key]: operation.value } : others;
}
