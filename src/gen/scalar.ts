import { MessageError } from './message-error.ts';
import type { WireReader } from './wire-reader.ts';
import type { WireWriter } from './wire-writer.ts';

/** How one scalar type goes onto the wire and back. */
export interface Scalar {
  readonly wireType: 0 | 1 | 2 | 5;
  /** Throws MessageError when the value is not one of this type. */
  write(writer: WireWriter, value: unknown): void;
  read(reader: WireReader): unknown;
  /** Proto3 writes no field of implicit presence that equals its default. */
  isDefault(value: unknown): boolean;
}

const isZero = (value: unknown): boolean => value === 0 || value === '0';
const maxUint32 = 0xffff_ffff;
const maxUint64 = (1n << 64n) - 1n;

/** The table from protobuf's type names. */
export const scalars: Readonly<Record<string, Scalar>> = {
  double: {
    wireType: 1,
    write: (w, v) => w.double(numberOf(v)),
    read: (r) => r.double(),
    isDefault: (v) => Object.is(v, 0),
  },
  float: {
    wireType: 5,
    write: (w, v) => w.float(numberOf(v)),
    read: (r) => r.float(),
    isDefault: (v) => Object.is(v, 0),
  },
  int32: { wireType: 0, write: (w, v) => w.int32(int32Of(v)), read: (r) => r.uint32() | 0, isDefault: isZero },
  uint32: { wireType: 0, write: (w, v) => w.uint32(uint32Of(v)), read: (r) => r.uint32(), isDefault: isZero },
  sint32: {
    wireType: 0,
    write: (w, v) => w.uint32(zigzag32(int32Of(v))),
    read: (r) => unzigzag32(r.uint32()),
    isDefault: isZero,
  },
  fixed32: { wireType: 5, write: (w, v) => w.fixed32(uint32Of(v)), read: (r) => r.fixed32(), isDefault: isZero },
  sfixed32: { wireType: 5, write: (w, v) => w.fixed32(int32Of(v)), read: (r) => r.fixed32() | 0, isDefault: isZero },
  int64: {
    wireType: 0,
    write: (w, v) => writeInt64(w, v),
    read: (r) => toPlain(signed(r.varint64())),
    isDefault: isZero,
  },
  uint64: { wireType: 0, write: (w, v) => writeUint64(w, v), read: (r) => toPlain(r.varint64()), isDefault: isZero },
  sint64: {
    wireType: 0,
    write: (w, v) => w.varint64(zigzag64(int64Of(v))),
    read: (r) => toPlain(unzigzag64(BigInt(r.varint64()))),
    isDefault: isZero,
  },
  fixed64: {
    wireType: 1,
    write: (w, v) => w.fixed64(uint64Of(v)),
    read: (r) => toPlain(r.fixed64()),
    isDefault: isZero,
  },
  sfixed64: {
    wireType: 1,
    write: (w, v) => w.fixed64(BigInt.asUintN(64, int64Of(v))),
    read: (r) => toPlain(signed(r.fixed64())),
    isDefault: isZero,
  },
  bool: {
    wireType: 0,
    write: (w, v) => w.uint32(booleanOf(v) ? 1 : 0),
    read: (r) => r.varint64() !== 0,
    isDefault: (v) => v === false,
  },
  string: { wireType: 2, write: (w, v) => w.string(stringOf(v)), read: (r) => r.string(), isDefault: (v) => v === '' },
  bytes: {
    wireType: 2,
    write: (w, v) => w.bytes(bytesOf(v)),
    read: (r) => r.bytes(),
    isDefault: (v) => v instanceof Uint8Array && v.length === 0,
  },
};

function writeUint64(writer: WireWriter, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) writer.safeVarint(value);
  else writer.varint64(uint64Of(value));
}

function writeInt64(writer: WireWriter, value: unknown): void {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) writer.safeVarint(value);
  else writer.varint64(BigInt.asUintN(64, int64Of(value)));
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw mismatch('a number', value);
  return value;
}

function int32Of(value: unknown): number {
  if (typeof value !== 'number' || (value | 0) !== value) throw mismatch('a 32-bit integer', value);
  return value;
}

function uint32Of(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > maxUint32)
    throw mismatch('an unsigned 32-bit integer', value);
  return value;
}

function int64Of(value: unknown): bigint {
  const integer = bigintOf(value);
  if (integer === undefined || BigInt.asIntN(64, integer) !== integer) throw mismatch('a 64-bit integer', value);
  return integer;
}

function uint64Of(value: unknown): bigint {
  const integer = bigintOf(value);
  if (integer === undefined || integer < 0n || integer > maxUint64) throw mismatch('an unsigned 64-bit integer', value);
  return integer;
}

function bigintOf(value: unknown): bigint | undefined {
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : undefined;
}

function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw mismatch('true or false', value);
  return value;
}

function stringOf(value: unknown): string {
  if (typeof value !== 'string') throw mismatch('a string', value);
  return value;
}

function bytesOf(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw mismatch('bytes', value);
  return value;
}

/** The error for a value of the wrong type; long values are shortened. */
export function mismatch(expected: string, value: unknown): MessageError {
  const text =
    typeof value === 'object'
      ? Array.isArray(value)
        ? 'a list'
        : value === null
          ? 'null'
          : 'an object'
      : JSON.stringify(value);
  return new MessageError(`expected ${expected}, got ${(text ?? String(value)).slice(0, 80)}`);
}

function signed(value: number | bigint): bigint {
  return BigInt.asIntN(64, BigInt(value));
}

function toPlain(value: number | bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function zigzag32(value: number): number {
  return ((value << 1) ^ (value >> 31)) >>> 0;
}

function unzigzag32(value: number): number {
  return (value >>> 1) ^ -(value & 1);
}

function zigzag64(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

function unzigzag64(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}
