/** The value of a number as Go writes it; `undefined` where it is none. */
export function parseNumber(written: string): bigint | number | undefined {
  const text = written.replaceAll('_', '');
  const [, sign, digits = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  const isOctal = /^0[0-7]+$/.test(digits);
  if (/^(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|\d+)$/.test(digits) && !(/^0\d+$/.test(digits) && !isOctal)) {
    const value = BigInt(isOctal ? `0o${digits.slice(1)}` : digits);
    return sign === '-' ? -value : value;
  }
  if (!/^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(digits)) return undefined;
  const value = Number(digits) * (sign === '-' ? -1 : 1);
  // A float that is whole serves as an integer too.
  return value;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

/** The text that a quoted string stands for; `undefined` where an escape is none of Go's. */
export function unquote(written: string): string | undefined {
  const body = written.slice(1, -1);
  if (written.startsWith('`')) return body.replaceAll('\r', '');
  let isSound = true;
  const text = body.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/gs,
    (
      _,
      hex: string | undefined,
      short: string | undefined,
      long: string | undefined,
      octal: string | undefined,
      letter: string | undefined,
    ) => {
      const code = hex ?? short ?? long;
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      const known = ESCAPES[letter ?? ''];
      isSound &&= known !== undefined;
      return known ?? '';
    },
  );
  return isSound ? text : undefined;
}
