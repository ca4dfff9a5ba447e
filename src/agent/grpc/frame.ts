import { STATUS } from './status.ts';

/** What comes over a gRPC stream is not gRPC, or not for us. */
export class FrameError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'FrameError';
    this.status = status;
  }
}

const HEADER = 5;

/** A message as gRPC puts it on an HTTP/2 stream. @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md */
export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, HEADER);
  return frame;
}

/**
 * The messages in the bytes of a stream. Nobody reads faster than messages are taken: a slow taker slows the peer down.
 *
 * @param limit Bytes that a message may have at most.
 * @throws FrameError for a message that is compressed or too large, and for a stream that ends within one.
 */
export async function* readFrames(
  chunks: AsyncIterable<Buffer>,
  limit: number,
): AsyncGenerator<Buffer, void, undefined> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    size += chunk.length;
    for (;;) {
      const needed = findNeeded(held, size, limit);
      if (size < needed) break;
      // Large messages come in many chunks, which are put together once, when they are all there.
      const bytes = held.length === 1 && held[0] !== undefined ? held[0] : Buffer.concat(held, size);
      yield bytes.subarray(HEADER, needed);
      held = needed === size ? [] : [bytes.subarray(needed)];
      size -= needed;
    }
  }
  if (size > 0) throw new FrameError(STATUS.internal, 'the stream ended within a message');
}

/** How many bytes the next message needs, header included; the header's length as long as that is not known. */
function findNeeded(held: Buffer[], size: number, limit: number): number {
  if (size < HEADER) return HEADER;
  let [first] = held;
  if (first === undefined || first.length < HEADER) {
    first = Buffer.concat(held, size);
    held.splice(0, held.length, first);
  }
  if (first.readUInt8(0) !== 0)
    throw new FrameError(STATUS.unimplemented, 'a message is compressed, which was not agreed on');
  const length = first.readUInt32BE(1);
  if (length > limit)
    throw new FrameError(STATUS.resourceExhausted, `a message has ${length} bytes, more than ${limit}`);
  return HEADER + length;
}
