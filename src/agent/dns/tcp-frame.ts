/** A message as it travels over TCP: after its length. @see RFC 1035 §4.2.2 */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length, 0);
  return Buffer.concat([length, message]);
}

/** The messages in the bytes of a connection; what is left of one when it ends is dropped. */
export async function* readFramed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer = Buffer.of();
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (held.length >= 2) {
      const end = 2 + held.readUInt16BE(0);
      if (held.length < end) break;
      yield held.subarray(2, end);
      held = held.subarray(end);
    }
  }
}
