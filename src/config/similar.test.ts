import { describe, expect, it } from 'vitest';
import { findSimilar } from './similar.ts';

const KNOWN = ['timeout', 'retries', 'serviceAccount', 'host'];

describe('findSimilar', () => {
  it.each([
    ['timeOut', 'timeout'],
    ['retrys', 'retries'],
    ['service_account', 'serviceAccount'],
    ['service-account', 'serviceAccount'],
    ['hosts', 'host'],
    ['colour', undefined],
    ['x'.repeat(101), undefined],
  ])('for %s finds %s', (word, found) => {
    expect(findSimilar(word, KNOWN)).toBe(found);
  });
});
