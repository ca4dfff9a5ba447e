import { isIP } from 'node:net';

/** The name servers that a resolver's configuration lists. @see resolv.conf(5) */
export function parseNameservers(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? '')
    .filter((address) => isIP(address) !== 0);
}
