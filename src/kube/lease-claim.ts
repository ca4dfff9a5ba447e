import type { LeaseRecord, StoredLease } from './lease-record.ts';

/** Who would like to lead. */
export interface Candidate {
  readonly identity: string;
  /** Written beside the identity; empty where holders are all of one sort. */
  readonly key: string;
  /** Whether a holder with this key has to make room. */
  outranks(holderKey: string): boolean;
}

/** A record, and since when we have seen it unchanged, on our own monotonic scale in milliseconds. */
export interface Observation {
  readonly stored: StoredLease | undefined;
  readonly sinceMs: number;
}

/**
 * What a candidate may do about a record.
 *
 * - `take`: nobody holds it any more. Whoever takes it leads at once.
 * - `displace`: it is taken from a holder who may yet believe in it. Whoever takes it leads `delayMs` later.
 * - `wait`: somebody holds it, for another `forMs` at least.
 */
export type Claim =
  | { readonly kind: 'take' }
  | { readonly kind: 'displace'; readonly delayMs: number }
  | { readonly kind: 'wait'; readonly forMs: number };

/** Notes what was read; a version that is known is as old as when it was seen first. */
export function observe(before: Observation | undefined, stored: StoredLease | undefined, nowMs: number): Observation {
  const isKnown = before !== undefined && before.stored?.version === stored?.version;
  return isKnown ? before : { stored, sinceMs: nowMs };
}

/**
 * Judges a record by how long *we* have seen it unchanged. The times that are written in it are by its holder's clock, which may be anything.
 *
 * @param own The version that this candidate wrote last, if it did.
 */
export function judgeClaim(candidate: Candidate, seen: Observation, nowMs: number, own: string | undefined): Claim {
  const record = seen.stored?.record;
  if (record === undefined || record.holder === '') return { kind: 'take' };
  // Nobody has written since we did, so nobody else can have led since.
  if (own !== undefined && seen.stored?.version === own) return { kind: 'take' };
  const leftMs = seen.sinceMs + record.durationMs - nowMs;
  if (leftMs <= 0) return { kind: 'take' };
  const isOurName = record.holder === candidate.identity;
  if (isOurName || candidate.outranks(record.holderKey)) return { kind: 'displace', delayMs: leftMs };
  return { kind: 'wait', forMs: leftMs };
}

/** The record that a candidate writes: over one of its own it stays the same term. */
export function toClaimed(
  candidate: Candidate,
  before: LeaseRecord | undefined,
  { durationMs, nowMs }: { readonly durationMs: number; readonly nowMs: number },
): LeaseRecord {
  const isOurs = before?.holder === candidate.identity;
  return {
    holder: candidate.identity,
    holderKey: candidate.key,
    durationMs,
    acquiredMs: isOurs ? before.acquiredMs : nowMs,
    renewedMs: nowMs,
    transitions: before === undefined ? 0 : before.transitions + (isOurs ? 0 : 1),
  };
}
