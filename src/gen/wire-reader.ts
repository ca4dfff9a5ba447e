import { MessageError } from './message-error.ts';

const twoTo32 = 0x1_0000_0000;

/** Reads protobuf's wire format. Every read past the end is a MessageError. */
export class WireReader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#position;
  }

  get length(): number {
    return this.#buffer.length;
  }

  /** A varint's low 32 bits, unsigned. */
  uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new MessageError('varint of more than ten bytes');
  }

  /** A 64-bit varint as its unsigned value: a number while that is exact, else a bigint. */
  varint64(): number | bigint {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) high |= bits >>> 4;
      else if (shift > 28) high |= bits << (shift - 32);
      if (byte < 0x80) return unsigned64(low >>> 0, high >>> 0);
    }
    throw new MessageError('varint of more than ten bytes');
  }

  fixed32(): number {
    return this.#buffer.readUInt32LE(this.#advance(4));
  }

  fixed64(): bigint {
    return this.#buffer.readBigUInt64LE(this.#advance(8));
  }

  float(): number {
    return this.#buffer.readFloatLE(this.#advance(4));
  }

  double(): number {
    return this.#buffer.readDoubleLE(this.#advance(8));
  }

  /** A view of the bytes, not a copy. */
  bytes(): Buffer {
    const length = this.uint32();
    const start = this.#advance(length);
    return this.#buffer.subarray(start, start + length);
  }

  string(): string {
    const length = this.uint32();
    const start = this.#advance(length);
    return this.#buffer.toString('utf8', start, start + length);
  }

  /** The position at which a length-delimited value ends. */
  end(): number {
    const length = this.uint32();
    const end = this.#position + length;
    if (end > this.#buffer.length) throw truncated();
    return end;
  }

  /** Leaves out a field's value, whatever it is. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint64();
    else if (wireType === 1) this.#advance(8);
    else if (wireType === 2) this.bytes();
    else if (wireType === 5) this.#advance(4);
    else throw new MessageError(`wire type ${wireType}, which no field here has`);
  }

  #byte(): number {
    const byte = this.#buffer[this.#position++];
    if (byte === undefined) throw truncated();
    return byte;
  }

  #advance(count: number): number {
    const start = this.#position;
    if (start + count > this.#buffer.length) throw truncated();
    this.#position = start + count;
    return start;
  }
}

function unsigned64(low: number, high: number): number | bigint {
  return high < 0x20_0000 ? high * twoTo32 + low : (BigInt(high) << 32n) | BigInt(low);
}

function truncated(): MessageError {
  return new MessageError('bytes end in the middle of a field');
}
