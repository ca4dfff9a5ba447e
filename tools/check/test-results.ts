import { existsSync, readFileSync } from 'node:fs';

/** A test that did not run. */
export interface SkippedTest {
  /** File and names, outermost first. */
  readonly test: string;
  /** What `context.skip(reason)` said. */
  readonly reason: string | undefined;
}

/** What one run of the tests came to. */
export interface TestResults {
  readonly passed: number;
  /** Files that could not be read, and errors outside of tests, count as one each. */
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
}

/** The variable that tells the reporter where to write. */
export const resultsVariable = 'PILOTHOUSE_TEST_RESULTS';

/** What a run wrote; a run that died before its end has failed. */
export function readTestResults(file: string): TestResults {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] };
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The results of several runs together. */
export function sumTestResults(runs: readonly TestResults[]): TestResults {
  return {
    passed: runs.reduce((sum, run) => sum + run.passed, 0),
    failed: runs.reduce((sum, run) => sum + run.failed, 0),
    skipped: runs.flatMap((run) => run.skipped),
  };
}

/** `12 passed, 0 failed`, and what was skipped when something was. */
export function formatTestResults({ passed, failed, skipped }: TestResults): string {
  return `${passed} passed, ${failed} failed${skipped.length === 0 ? '' : `, ${skipped.length} skipped`}`;
}
