import { hash } from 'node:crypto';

/** An address in 10.`second`.0.0/16 that is always the same for a name. */
export function addressOf(second: number, name: string): string {
  const digest = Buffer.from(hash('sha256', name), 'hex');
  return `10.${second}.${digest[0]}.${1 + ((digest[1] ?? 0) % 250)}`;
}
