import { describe, expect, it } from 'vitest';
import { formatTestResults, readTestResults, sumTestResults } from './test-results.ts';

const skipped = [{ test: 'a.test.ts: b', reason: 'no Envoy here' }];

describe('sumTestResults', () => {
  it('adds runs up', () => {
    const runs = [
      { passed: 2, failed: 1, skipped: [] },
      { passed: 3, failed: 0, skipped },
    ];
    expect(sumTestResults(runs)).toEqual({ passed: 5, failed: 1, skipped });
  });
});

describe('formatTestResults', () => {
  it.each([
    { results: { passed: 2, failed: 0, skipped: [] }, text: '2 passed, 0 failed' },
    { results: { passed: 2, failed: 1, skipped }, text: '2 passed, 1 failed, 1 skipped' },
  ])('says "$text"', ({ results, text }) => {
    expect(formatTestResults(results)).toBe(text);
  });
});

describe('readTestResults', () => {
  it('takes a run that wrote nothing for a failed one', () => {
    expect(readTestResults('/nonexistent/results.json')).toEqual({ passed: 0, failed: 1, skipped: [] });
  });
});
