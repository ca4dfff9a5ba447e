import { Type } from 'typebox';
import { describe, expect, it } from 'vitest';
import { repair } from './repair.ts';
import { compileValidator } from './validate.ts';

const validate = compileValidator(
  Type.Object({
    count: Type.Optional(Type.Integer()),
    share: Type.Optional(Type.Number()),
    on: Type.Optional(Type.Boolean()),
    text: Type.Optional(Type.String()),
    list: Type.Optional(Type.Array(Type.Integer())),
    inner: Type.Optional(Type.Object({}, { nullIsEmpty: true })),
    'a/b~c': Type.Optional(Type.Integer()),
  }),
);

describe('repair', () => {
  it.each([
    { what: 'whole numbers in text', given: { count: '-7' }, repaired: { count: -7 } },
    { what: 'numbers in text', given: { share: '1.5e2' }, repaired: { share: 150 } },
    { what: "YAML 1.1's booleans", given: { on: 'yes' }, repaired: { on: true } },
    { what: 'booleans in text', given: { on: 'false' }, repaired: { on: false } },
    { what: 'null', given: { count: null, text: null }, repaired: {} },
    { what: 'null that stands for an empty object', given: { inner: null }, repaired: { inner: {} } },
    { what: 'numbers in a list', given: { list: ['1', 2] }, repaired: { list: [1, 2] } },
    {
      what: 'addresses that YAML takes for objects',
      given: { text: { '2001:db8:': null } },
      repaired: { text: '2001:db8::' },
    },
    { what: 'fields whose names need escapes', given: { 'a/b~c': '1' }, repaired: { 'a/b~c': 1 } },
  ])('mends $what', ({ given, repaired }) => {
    validate(given);
    expect({ changed: repair(given, validate.errors ?? []), given }).toEqual({ changed: true, given: repaired });
  });

  it.each([
    { what: 'numbers where text should be', given: { text: 1 } },
    { what: 'words where numbers should be', given: { count: 'many' } },
    { what: 'fractions where whole numbers should be', given: { count: 1.5 } },
    { what: 'objects where text should be', given: { text: { a: null } } },
    { what: 'empty items of a list', given: { list: [null] } },
    { what: 'words that never were booleans', given: { on: 'maybe' } },
  ])('leaves $what', ({ given }) => {
    const before = structuredClone(given);
    validate(given);
    expect({ changed: repair(given, validate.errors ?? []), given }).toEqual({ changed: false, given: before });
  });
});
