import { isIPv4 } from 'node:net';

/** An address as it travels: 4 bytes or 16. The text must be one: `isIP` says so. */
export function toIpBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  const [head = '', tail] = withoutDots(address).split('::');
  const [front, back] = [toGroups(head), tail === undefined ? [] : toGroups(tail)];
  const middle = Array.from({ length: 8 - front.length - back.length }, () => 0);
  const bytes = Buffer.alloc(16);
  for (const [at, group] of [...front, ...middle, ...back].entries()) bytes.writeUInt16BE(group, at * 2);
  return bytes;
}

/** An IPv6 address may end in an IPv4 one. */
function withoutDots(address: string): string {
  return address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = parts.slice(0, 4).map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
}

function toGroups(text: string): readonly number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
