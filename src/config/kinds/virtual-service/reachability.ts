import type { Pointer } from '../../pointer.ts';
import type { IssueReport } from '../../report.ts';

/** What of a rule tells which traffic it takes. */
interface Rule {
  readonly match?: readonly Match[];
}

type Match = Readonly<Record<string, unknown>>;

/** Comparing every match with every other one is for rules that people wrote. */
const MAX_COMPARED = 200;

/**
 * Finds rules and matches that never see traffic because earlier ones take it all.
 * @see istio pkg/config/validation/validation.go `analyzeUnreachableHTTPRules`
 */
export function checkReachability(rules: readonly Rule[], at: Pointer, report: IssueReport): void {
  const earlier: Candidate[] = [];
  let catchAll: Pointer | undefined;
  for (const [index, { match = [] }] of rules.entries()) {
    const place = at.to(index);
    if (catchAll !== undefined) {
      report.add(
        'VS_RULE_UNREACHABLE',
        place,
        `${place} is never used: ${catchAll} has no match, so it takes everything`,
      );
    } else if (match.length === 0) {
      catchAll = place;
    } else {
      for (const [position, each] of match.entries()) {
        const candidate = { rule: place, match: each };
        const reason = earlier.length < MAX_COMPARED ? findReason(candidate, earlier) : undefined;
        const spot = place.to('match').to(position);
        if (reason === undefined) earlier.push(candidate);
        else report.add('VS_MATCH_UNREACHABLE', spot, `${spot} is never used: ${reason}`);
      }
    }
  }
}

interface Candidate {
  readonly rule: Pointer;
  readonly match: Match;
}

function findReason(candidate: Candidate, earlier: readonly Candidate[]): string | undefined {
  for (const { rule, match } of earlier) {
    if (isCovered(candidate.match, match))
      return isCovered(match, candidate.match) ? `${rule} has the same match` : `${rule} takes all of it`;
  }
  return undefined;
}

/** Whether everything that `inner` matches is matched by `outer`: each condition of `outer` is one of `inner`, too. */
function isCovered(inner: Match, outer: Match): boolean {
  return (
    Object.entries(outer).every(([field, condition]) => {
      if (NAMES.has(field)) return true;
      if (field === 'uri') return isPathCovered(inner.uri, condition);
      return MAPS.has(field) ? isMapCovered(inner[field], condition) : isEqual(inner[field], condition);
    }) && (inner.ignoreUriCase ?? false) === (outer.ignoreUriCase ?? false)
  );
}

/** Fields that match nothing. */
const NAMES: ReadonlySet<string> = new Set(['name', 'statPrefix', 'ignoreUriCase']);
/** Fields with several conditions, all of which must hold. */
const MAPS: ReadonlySet<string> = new Set(['headers', 'withoutHeaders', 'queryParams', 'sourceLabels']);

function isPathCovered(inner: unknown, outer: unknown): boolean {
  if (isEqual(inner, outer)) return true;
  if (!isRecord(inner) || !isRecord(outer) || typeof outer.prefix !== 'string') return false;
  const path = inner.prefix ?? inner.exact;
  return typeof path === 'string' && path.startsWith(outer.prefix);
}

function isMapCovered(inner: unknown, outer: unknown): boolean {
  const conditions = isRecord(inner) ? inner : {};
  return (
    isRecord(outer) &&
    Object.entries(outer).every(
      ([key, condition]) => Object.hasOwn(conditions, key) && isEqual(conditions[key], condition),
    )
  );
}

/** Values of JSON with the same content; the order of fields means nothing. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isRecord(a) || !isRecord(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
