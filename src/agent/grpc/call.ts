import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { encodeFrame, readFrames } from './frame.ts';

/** One direction each of a stream of messages, whoever opened it. */
export class MessageStream {
  readonly #stream: Duplex;
  readonly #limit: number;

  constructor(stream: Duplex, limit: number) {
    this.#stream = stream;
    this.#limit = limit;
  }

  /** Sends a message; resolves when the peer has taken enough for another one, or the stream is gone. */
  async send(message: Uint8Array): Promise<void> {
    if (this.#stream.destroyed || this.#stream.writableEnded) return;
    if (this.#stream.write(encodeFrame(message))) return;
    const gone = new AbortController();
    const onClose = () => gone.abort();
    this.#stream.once('close', onClose);
    await once(this.#stream, 'drain', { signal: gone.signal }).catch(() => undefined);
    this.#stream.off('close', onClose);
  }

  /** What the peer sends, until it ends its side. To be read once. @throws what broke the stream */
  messages(): AsyncGenerator<Buffer, void, undefined> {
    return readFrames(this.#stream, this.#limit);
  }
}

/** Messages of one call as the HTTP/2 headers of gRPC carry them: names in lower case. */
export type Metadata = Readonly<Record<string, string>>;

/** On the wire, status messages have percent signs, and what is not printable ASCII, percent-encoded as UTF-8. */
export function encodeMessageText(text: string): string {
  return text.toWellFormed().replace(/[^\x20-\x24\x26-\x7e]+/g, encodeURIComponent);
}

/** The reverse; what was not encoded as it should be stays as it is. */
export function decodeMessageText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
