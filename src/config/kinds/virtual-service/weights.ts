import type { Pointer } from '../../pointer.ts';
import type { IssueReport } from '../../report.ts';

/** Envoy adds weights up in 32 bits. */
const MAX_TOTAL = 4294967295;

/** Weights of several destinations must give somebody traffic, and fit. A single destination takes all whatever its weight. */
export function checkWeights(
  destinations: readonly { readonly weight?: number }[] | undefined,
  at: Pointer,
  report: IssueReport,
): void {
  if (destinations === undefined || destinations.length < 2) return;
  const total = destinations.reduce((sum, { weight = 0 }) => sum + weight, 0);
  if (total === 0) report.add('VS_WEIGHTS_ZERO', at, `the weights of ${at} add up to 0, so nobody takes the traffic`);
  else if (total > MAX_TOTAL)
    report.add('VALUE_RANGE', at, `the weights of ${at} add up to ${total}, expected at most ${MAX_TOTAL}`);
}
