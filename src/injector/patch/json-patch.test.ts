import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { applyPatch } from './testing.ts';
import { createJsonPatch } from './json-patch.ts';

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

  it('knows fields from what every object has', () => {
    const to: JsonObject = JSON.parse('{"constructor":"x"}');
    expect(createJsonPatch({}, to)).toEqual([{ op: 'add', path: '/constructor', value: 'x' }]);
  });

  it('leads from any document to any other', () => {
    const element = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), x: fc.integer({ min: 0, max: 2 }) });
    const document = fc.record({
      l: fc.array(element, { maxLength: 7 }),
      t: fc.array(fc.string(), { maxLength: 3 }),
      m: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('constructor', 'valueOf')), fc.integer(), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    });
    fc.assert(
      fc.property(document, document, (from, to) => {
        expect(applyPatch(from, createJsonPatch(from, to))).toEqual(to);
      }),
    );
  });
});
