import type { Found } from './config-file.ts';

/** How long the directory source waits before it believes what it sees; milliseconds. */
export interface SettleTimes {
  /** A file that did not change for so long is complete. */
  readonly settleMs: number;
  /** A file that stays away or empty for so long is meant to be: editors rename, truncate and write again within it. */
  readonly vanishMs: number;
}

/** What was seen at a path when it was last looked at, and since when it looks like that (monotonic milliseconds). */
export interface Sight {
  readonly signature: string;
  readonly sinceMs: number;
  /** When it was first looked at after something happened to it. */
  readonly firstMs: number;
}

/** A file that never comes to rest is read as it is after so long: whoever saves all the time wants to see something of it. */
export const MAX_SETTLE_MS = 500;

/** `same`: nothing to do; `wait`: look again soon. */
export type Verdict = 'same' | 'wait' | 'read' | 'remove';

/** What `found` looks like, for telling whether it changed between two looks. */
export function toSignature(found: Found): string {
  return found.kind === 'file' ? found.signature : found.kind === 'unusable' ? `unusable ${found.because}` : found.kind;
}

/**
 * What to do about a path that something happened to.
 *
 * @param known The signature under which it was last told; absent when it is not told at all.
 * @param ageMs For how long it has been looking as it does.
 */
export function judge(found: Found, known: string | undefined, ageMs: number, times: SettleTimes): Verdict {
  if (toSignature(found) === known) return 'same';
  switch (found.kind) {
    case 'missing':
      return known === undefined ? 'same' : ageMs >= times.vanishMs ? 'remove' : 'wait';
    case 'file':
      return ageMs >= (found.bytes === 0 ? times.vanishMs : times.settleMs) ? 'read' : 'wait';
    case 'unusable':
      return ageMs >= times.settleMs ? 'read' : 'wait';
    case 'directory':
      return 'same';
  }
}
