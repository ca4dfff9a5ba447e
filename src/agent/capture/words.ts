import type { Family, Match, Rule } from './rule.ts';
import type { CaptureSettings } from './settings.ts';

/** Where the proxy says it comes from when it passes inbound traffic on that nobody configured. */
export const PASSTHROUGH_SOURCE: Readonly<Record<Family, string>> = { 4: '127.0.0.6/32', 6: '::6/128' };

export const tcp: Match = { kind: 'protocol', protocol: 'tcp' };
export const udp: Match = { kind: 'protocol', protocol: 'udp' };

/** The addresses under which a pod reaches itself. */
export function toSelf({ loopback }: CaptureSettings, family: Family): string {
  return family === 4 ? loopback : '::1/128';
}

export function isTo(cidr: string, not?: boolean): Match {
  return { kind: 'to', cidr, ...(not === true && { not }) };
}

/** A rule of the table that redirects. */
export function nat(chain: string, matches: readonly Match[], target: Rule['target'], at?: number): Rule {
  return { table: 'nat', chain, matches, target, ...(at !== undefined && { at }) };
}

/** A rule of the table that marks packets. */
export function mangle(chain: string, matches: readonly Match[], target: Rule['target'], at?: number): Rule {
  return { table: 'mangle', chain, matches, target, ...(at !== undefined && { at }) };
}
