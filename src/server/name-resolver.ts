import { Resolver } from 'node:dns/promises';
import type { ResolveName } from '../discovery/world/gateway-names.ts';

/** A load balancer's name has an answer within this time, or none for now. Milliseconds. */
const TIMEOUT_MS = 2_000;

/** Asks the DNS servers of this machine for both families of addresses, and how long they hold. */
export function createNameResolver(): ResolveName {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 });
  return async (name) => {
    const families = await Promise.allSettled([
      resolver.resolve4(name, { ttl: true }),
      resolver.resolve6(name, { ttl: true }),
    ]);
    const records = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
    const [failure] = families.flatMap((family) => (family.status === 'rejected' ? [family.reason] : []));
    if (records.length === 0) throw failure;
    return {
      addresses: records.map(({ address }) => address),
      ttlMs: Math.min(...records.map(({ ttl }) => ttl)) * 1000,
    };
  };
}
