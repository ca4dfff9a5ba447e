import { isIP } from 'node:net';

/** What this machine's resolvers do. */
export interface ResolverConfig {
  /** Addresses of name servers, in the order in which they are asked. */
  readonly servers: readonly string[];
  /** The first domain that is appended to names. */
  readonly search: string | undefined;
}

/** Reads a resolver's configuration. @see resolv.conf(5) */
export function parseResolverConfig(text: string): ResolverConfig {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const servers = lines.flatMap(([word, address = '']) =>
    word === 'nameserver' && isIP(address.split('%')[0] ?? '') !== 0 ? [address] : [],
  );
  // Of several lines the last one counts, whichever of the two words it has.
  const domains = lines.filter(([word]) => word === 'search' || word === 'domain').at(-1);
  return { servers, search: domains?.[1]?.replace(/\.$/, '').toLowerCase() };
}
