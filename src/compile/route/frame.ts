const LENGTH_DELIMITED = 2;

/**
 * Encoded bytes as a field of a message that is spliced together instead of encoded: tag and length in front. Fields of one message may be
 * written one after the other in any number of pieces, so what did not change is never encoded again.
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export function frame(field: number, bytes: Uint8Array): Buffer {
  const tag = (field << 3) | LENGTH_DELIMITED;
  const head = sizeOfVarint(tag) + sizeOfVarint(bytes.length);
  const framed = Buffer.allocUnsafe(head + bytes.length);
  writeVarint(framed, writeVarint(framed, 0, tag), bytes.length);
  framed.set(bytes, head);
  return framed;
}

function writeVarint(into: Buffer, at: number, value: number): number {
  let rest = value;
  let next = at;
  while (rest > 0x7f) {
    into[next++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[next++] = rest;
  return next;
}

function sizeOfVarint(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size++;
  return size;
}
