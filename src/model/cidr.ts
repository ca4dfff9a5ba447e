import { isIP } from 'node:net';

/** An address range, masked: two texts for the same range give equal values. */
export interface Cidr {
  /** The network's first address, in canonical form for IPv4 and as written for an unmasked IPv6 address. */
  readonly address: string;
  readonly length: number;
  /** Equal for equal ranges; not meant to be read. */
  readonly key: string;
}

/** Reads `10.0.0.0/8`, `2001:db8::/32` or a single address (a range of one); `undefined` for anything else. */
export function findCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const family = isIP(address);
  if (family === 0) return undefined;
  const bits = family === 4 ? 32 : 128;
  const length = slash < 0 ? bits : parseLength(text.slice(slash + 1), bits);
  if (length === undefined) return undefined;
  const bytes = mask(family === 4 ? ipv4Bytes(address) : ipv6Bytes(address), length);
  const masked = family === 4 ? bytes.join('.') : ipv6Text(bytes);
  return { address: masked, length, key: `${masked}/${length}` };
}

/** Whether the text is an IPv4 or IPv6 address, without a range. */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0;
}

function parseLength(text: string, bits: number): number | undefined {
  const length = Number(text);
  return /^\d{1,3}$/.test(text) && length <= bits ? length : undefined;
}

function mask(bytes: readonly number[], length: number): readonly number[] {
  return bytes.map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, length - i * 8))) & 0xff);
}

function ipv4Bytes(address: string): readonly number[] {
  return address.split('.').map(Number);
}

function ipv6Bytes(address: string): readonly number[] {
  const [head = '', tail] = withoutDotted(address.split('%')[0] ?? '').split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = new Array<number>(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

/** `::ffff:1.2.3.4` in hexadecimal groups. */
function withoutDotted(address: string): string {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  if (dotted === null) return address;
  const [a = 0, b = 0, c = 0, d = 0] = dotted.slice(1).map(Number);
  return `${address.slice(0, dotted.index)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function groupsOf(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** RFC 5952: the longest run of zero groups, if there are two at least, becomes `::`. */
function ipv6Text(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const run = longestZeros(groups);
  const hex = groups.map((group) => group.toString(16));
  if (run.length < 2) return hex.join(':');
  return `${hex.slice(0, run.start).join(':')}::${hex.slice(run.start + run.length).join(':')}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}
