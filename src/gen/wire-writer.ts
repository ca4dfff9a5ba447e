/** Strings up to this length are copied byte by byte, which beats a native call while they are ASCII. */
const shortString = 48;

/**
 * Writes protobuf's wire format into one buffer that grows and is used again.
 *
 * A nested message is written in place after one byte kept for its length, and moved up when the length needs more.
 */
export class WireWriter {
  #buffer = Buffer.allocUnsafeSlow(64 * 1024);
  #position = 0;

  /** Forgets what was written. */
  reset(): void {
    this.#position = 0;
  }

  /** A copy of what was written. */
  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#position));
  }

  /** An unsigned 32-bit varint; tags and lengths too. */
  uint32(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#buffer[this.#position++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#buffer[this.#position++] = rest;
  }

  /** A signed 32-bit varint: negative numbers take ten bytes. */
  int32(value: number): void {
    if (value >= 0) this.uint32(value);
    else this.varint64(BigInt.asUintN(64, BigInt(value)));
  }

  /** A 64-bit varint of a number that is not negative and is exact as a double. */
  safeVarint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7f) {
      this.#buffer[this.#position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#position++] = rest;
  }

  /** A 64-bit varint, already in two's complement. */
  varint64(value: bigint): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 0x7fn) {
      this.#buffer[this.#position++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#position++] = Number(rest);
  }

  fixed32(value: number): void {
    this.#reserve(4);
    this.#position = this.#buffer.writeUInt32LE(value >>> 0, this.#position);
  }

  fixed64(value: bigint): void {
    this.#reserve(8);
    this.#position = this.#buffer.writeBigUInt64LE(value, this.#position);
  }

  float(value: number): void {
    this.#reserve(4);
    this.#position = this.#buffer.writeFloatLE(value, this.#position);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#position = this.#buffer.writeDoubleLE(value, this.#position);
  }

  /** Length and bytes. */
  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.#reserve(value.length);
    this.#buffer.set(value, this.#position);
    this.#position += value.length;
  }

  /** Length and UTF-8 of a string. */
  string(value: string): void {
    if (value.length <= shortString && this.#shortAscii(value)) return;
    const start = this.open();
    this.#reserve(value.length * 3);
    this.#position += this.#buffer.write(value, this.#position, 'utf8');
    this.close(start);
  }

  /** Begins something that is preceded by its length; what it returns goes to `close`. */
  open(): number {
    this.#reserve(1);
    return ++this.#position;
  }

  /** Ends what `open` began, writing its length in front of it. */
  close(start: number): void {
    const length = this.#position - start;
    if (length < 0x80) {
      this.#buffer[start - 1] = length;
      return;
    }
    const extra = lengthOfVarint(length) - 1;
    this.#reserve(extra);
    this.#buffer.copyWithin(start + extra, start, this.#position);
    this.#position = start - 1;
    this.uint32(length);
    this.#position += length;
  }

  /** False, and nothing written, when a character is not ASCII. */
  #shortAscii(value: string): boolean {
    const length = value.length;
    this.#reserve(length + 1);
    const buffer = this.#buffer;
    const start = this.#position + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[start + i] = code;
    }
    buffer[start - 1] = length;
    this.#position = start + length;
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#position + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#position);
    this.#buffer = grown;
  }
}

function lengthOfVarint(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}
