import { expect, it } from 'vitest';
import { messageToJson } from '../gen/codec.ts';
import { structOf } from './struct.ts';

it('writes every kind of value, and leaves out what is undefined', () => {
  const plain = {
    text: 'a',
    number: 1.5,
    yes: true,
    nothing: null,
    list: [1, 'b', { deep: [] }],
    object: { a: false },
  };
  expect(messageToJson('google.protobuf.Struct', structOf({ ...plain, absent: undefined }))).toEqual(plain);
});
