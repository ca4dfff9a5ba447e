const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----\s*?\n([A-Za-z0-9+/=\s]*?)-----END \1-----/g;

/** One block of a PEM text. */
export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
}

/** Every block of a PEM text, in its order; text between them is passed over. @see RFC 7468 */
export function listPemBlocks(text: string): readonly PemBlock[] {
  return Array.from(text.matchAll(BLOCK), ([, label = '', body = '']) => ({ label, der: Buffer.from(body, 'base64') }));
}

/** Writes one block, with lines of 64 characters and a newline at its end. */
export function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der.buffer, der.byteOffset, der.byteLength)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
