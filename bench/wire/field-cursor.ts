const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/**
 * Walks the fields of one encoded message and decodes none of them: a load client that decoded what it is sent would
 * measure itself.
 */
export class FieldCursor {
  readonly bytes: Buffer;
  /** Number of the field that the cursor stands on. */
  field = 0;
  /** Its value when it is a varint: the low 32 bits. */
  value = 0;
  /** Where its value begins and ends when it is length-delimited. */
  from = 0;
  to = 0;
  #at: number;
  readonly #end: number;

  constructor(bytes: Buffer, from = 0, to = bytes.length) {
    this.bytes = bytes;
    this.#at = from;
    this.#end = to;
  }

  /**
   * Moves to the next field; false behind the last.
   * @throws Error when the bytes are no message.
   */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.field = tag >>> 3;
    switch (tag & 7) {
      case VARINT:
        this.value = this.#varint();
        break;
      case LENGTH_DELIMITED: {
        const length = this.#varint();
        this.from = this.#at;
        this.to = this.from + length;
        this.#at = this.to;
        break;
      }
      case FIXED64:
        this.#at += 8;
        break;
      case FIXED32:
        this.#at += 4;
        break;
      default:
        throw new Error(`field ${this.field} has wire type ${tag & 7}, which none of these messages uses`);
    }
    if (this.#at > this.#end) throw new Error(`field ${this.field} ends behind its message`);
    return true;
  }

  /** The present field's value as text; names, versions and nonces are ASCII. */
  text(): string {
    return this.bytes.toString('latin1', this.from, this.to);
  }

  /** A cursor over the message that the present field holds. */
  inner(): FieldCursor {
    return new FieldCursor(this.bytes, this.from, this.to);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.bytes[this.#at++] ?? 0;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new Error('a varint of more than ten bytes');
  }
}
