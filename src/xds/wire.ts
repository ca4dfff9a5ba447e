/**
 * The little of protobuf's wire format that splicing responses needs; requests are read with protobufjs.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */

const VARINT_BITS = 7;
const VARINT_MORE = 0x80;
const LENGTH_DELIMITED = 2;
const FIELD_SHIFT = 3;

/** The bytes that `value`, a non-negative integer below 2^31, takes as a varint. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value >>> VARINT_BITS; rest > 0; rest >>>= VARINT_BITS) length++;
  return length;
}

/** Writes `value` as a varint at `offset` and returns the offset behind it. */
export function writeVarint(target: Buffer, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= VARINT_MORE) {
    target[at++] = (rest & (VARINT_MORE - 1)) | VARINT_MORE;
    rest >>>= VARINT_BITS;
  }
  target[at++] = rest;
  return at;
}

/** The bytes of a length-delimited field (number below 16) whose payload has `payloadLength` bytes. */
export function fieldLength(payloadLength: number): number {
  return 1 + varintLength(payloadLength) + payloadLength;
}

/** The bytes of a string field; an empty string is left out, as proto3 does. */
export function stringFieldLength(value: string): number {
  return value === '' ? 0 : fieldLength(Buffer.byteLength(value));
}

/** Writes the tag and length of a length-delimited field (number below 16); its payload comes next. */
export function writeFieldHeader(target: Buffer, offset: number, field: number, payloadLength: number): number {
  target[offset] = (field << FIELD_SHIFT) | LENGTH_DELIMITED;
  return writeVarint(target, offset + 1, payloadLength);
}

/** Writes a string field; an empty string is left out, as proto3 does. */
export function writeStringField(target: Buffer, offset: number, field: number, value: string): number {
  if (value === '') return offset;
  const at = writeFieldHeader(target, offset, field, Buffer.byteLength(value));
  return at + target.write(value, at);
}

/** Writes a bytes field. */
export function writeBytesField(target: Buffer, offset: number, field: number, value: Buffer): number {
  const at = writeFieldHeader(target, offset, field, value.length);
  return at + value.copy(target, at);
}
