import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import { resultsVariable, type SkippedTest, type TestResults } from './test-results.ts';

/** Writes what a run came to, for `tools/check.ts`: Vitest's own JSON leaves out why a test was skipped. */
export default class ResultsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const file = process.env[resultsVariable];
    if (file !== undefined) writeFileSync(file, JSON.stringify(countTests(modules, errors.length)));
  }
}

function countTests(modules: readonly TestModule[], errors: number): TestResults {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const inState = (state: string) => tests.filter((test) => test.result().state === state);
  const broken = modules.filter(
    (module) => module.state() === 'failed' && ![...module.children.allTests('failed')].length,
  );
  return {
    passed: inState('passed').length,
    // A test that is still pending was cut off.
    failed: inState('failed').length + inState('pending').length + broken.length + errors,
    skipped: inState('skipped').map(toSkipped),
  };
}

function toSkipped(test: TestCase): SkippedTest {
  const result = test.result();
  const note = result.state === 'skipped' ? result.note : undefined;
  const reason = note ?? (isInFailedSuite(test) ? 'the set-up of its suite failed' : undefined);
  return { test: `${test.module.relativeModuleId}: ${test.fullName}`, reason };
}

function isInFailedSuite({ parent }: TestCase | TestSuite): boolean {
  if (parent.errors().length > 0) return true;
  return parent.type === 'suite' && isInFailedSuite(parent);
}
