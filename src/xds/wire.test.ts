import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import {
  fieldLength,
  stringFieldLength,
  varintLength,
  writeBytesField,
  writeFieldHeader,
  writeStringField,
  writeVarint,
} from './wire.ts';

describe('writeVarint', () => {
  it.each([0, 1, 127, 128, 300, 16_383, 16_384, 2 ** 21, 2 ** 28, 2 ** 31 - 1])(
    'writes %i as protobufjs does',
    (value) => {
      const target = Buffer.alloc(10);
      const end = writeVarint(target, 0, value);
      expect(target.subarray(0, end)).toEqual(Buffer.from(protobuf.Writer.create().uint32(value).finish()));
      expect(varintLength(value)).toBe(end);
    },
  );
});

describe('the field writers', () => {
  it.each(['a', 'größer', 'x'.repeat(300)])('write a string as protobufjs does', (value) => {
    const target = Buffer.alloc(stringFieldLength(value));
    expect(writeStringField(target, 0, 4, value)).toBe(target.length);
    expect(target).toEqual(
      Buffer.from(
        protobuf.Writer.create()
          .uint32((4 << 3) | 2)
          .string(value)
          .finish(),
      ),
    );
  });

  it('leave out an empty string', () => {
    expect(stringFieldLength('')).toBe(0);
    expect(writeStringField(Buffer.alloc(0), 0, 4, '')).toBe(0);
  });

  it('write bytes, also empty ones', () => {
    for (const value of [Buffer.alloc(0), Buffer.from([1, 2, 3])]) {
      const target = Buffer.alloc(fieldLength(value.length));
      expect(writeBytesField(target, 0, 2, value)).toBe(target.length);
      expect(target).toEqual(
        Buffer.from(
          protobuf.Writer.create()
            .uint32((2 << 3) | 2)
            .bytes(value)
            .finish(),
        ),
      );
    }
  });

  it('return the offset behind a header', () => {
    expect(writeFieldHeader(Buffer.alloc(8), 2, 3, 200)).toBe(5);
  });
});
