import { describe, expect, it } from 'vitest';
import { findDurationMs, toDurationMs } from './duration.ts';

describe('findDurationMs', () => {
  it.each([
    ['0', 0],
    ['0s', 0],
    ['5s', 5000],
    ['500ms', 500],
    ['1h2m3.5s', 3_723_500],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['100us', 0.1],
    ['1µs', 0.001],
    ['1ns', 0.000001],
    ['0.001s', 1],
    ['3.000000001s', 3000.000001],
    ['-1m', -60_000],
  ])('reads %s as %d ms', (text, ms) => {
    expect(findDurationMs(text)).toBe(ms);
  });

  it.each(['', '5', 's', '5 s', '5S', '1d', '5s ', '+5s', '1h-2m', '5..0s', '1e3s', '.s', `${'1'.repeat(70)}s`])(
    'finds none in %j',
    (text) => {
      expect(findDurationMs(text)).toBeUndefined();
    },
  );
});

it('toDurationMs throws on what was not checked', () => {
  expect(() => toDurationMs('soon')).toThrow('was not checked');
});
