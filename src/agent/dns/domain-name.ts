/** Bytes of a label, and of a name. @see RFC 1035 §2.3.4 */
const LONGEST = { label: 63, name: 255 } as const;

/**
 * Reads a name: labels, each after its length, up to an empty one. A question stands first in its message, so there is nothing yet that it could
 * point back to.
 *
 * @returns the name without the last dot, and where it ends; nothing when it is none
 */
export function readName(bytes: Buffer, start: number): { readonly text: string; readonly end: number } | undefined {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > LONGEST.label || at - start > LONGEST.name) return undefined;
    at++;
    if (length === 0) return { text: labels.join('.'), end: at };
    if (at + length > bytes.length) return undefined;
    labels.push(bytes.toString('latin1', at, at + length));
    at += length;
  }
}

/** The reverse of `readName`. */
export function encodeName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([
    ...labels.flatMap((label) => {
      const bytes = Buffer.from(label, 'latin1').subarray(0, LONGEST.label);
      return [Buffer.of(bytes.length), bytes];
    }),
    Buffer.of(0),
  ]);
}
