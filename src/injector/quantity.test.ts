import { describe, expect, it } from 'vitest';
import { toCanonicalQuantity } from './quantity.ts';

describe('toCanonicalQuantity', () => {
  it.each([
    ['2000m', '2'],
    ['100m', '100m'],
    ['0.5', '500m'],
    ['1.5', '1500m'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['128Mi', '128Mi'],
    ['1000Ki', '1000Ki'],
    ['1000M', '1G'],
    ['1e3', '1k'],
    ['0', '0'],
    ['0m', '0'],
    ['512', '512'],
    ['-1.5', '-1500m'],
    ['much', 'much'],
    ['', ''],
  ])('%s is %s', (written, canonical) => {
    expect(toCanonicalQuantity(written)).toBe(canonical);
  });
});
