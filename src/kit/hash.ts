import { hash } from 'node:crypto';

/** Characters kept of a digest: 132 of its bits, far beyond any accident. */
const hashLength = 22;

/**
 * A short name of a content: equal contents have equal hashes, on every machine.
 *
 * SHA-256 because processors compute it as fast as weaker ones: about 0.9 µs for 1 kB.
 */
export function contentHash(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64url').slice(0, hashLength);
}

/** A hash over several strings: neither their order nor where one ends and the next begins is lost. */
export function hashOfAll(parts: Iterable<string>): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return contentHash(text);
}
