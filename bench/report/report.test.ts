import { describe, expect, it } from 'vitest';
import { quantilesOf } from '../scenario/results.ts';
import { replaceFigures } from './document.ts';
import { formatBytes, formatMs, formatRatio, formatTable } from './table.ts';

describe('formatTable', () => {
  it('lines columns up', () => {
    const rows = [
      ['', 'a', 'ratio'],
      ['CPU', '12.3 s', '2.0×'],
    ];
    expect(formatTable(rows)).toBe('|     |      a | ratio |\n| --- | -----: | ----: |\n| CPU | 12.3 s |  2.0× |');
  });
});

describe('formatMs', () => {
  it.each([
    [0.04, '0.0 ms'],
    [12.34, '12.3 ms'],
    [850.4, '850 ms'],
    [1234, '1.23 s'],
    [12_345, '12.3 s'],
  ])('%d', (ms, expected) => {
    expect(formatMs(ms)).toBe(expected);
  });
});

describe('formatBytes', () => {
  it.each([
    [12, '12 B'],
    [1234, '1.2 kB'],
    [3_456_000, '3.5 MB'],
    [1_500_000_000, '1500 MB'],
  ])('%d', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });
});

describe('formatRatio', () => {
  it.each([
    [3, 2, '1.5×'],
    [30, 2, '15×'],
    [3, 0, '–'],
  ])('%d to %d', (of, to, expected) => {
    expect(formatRatio(of, to)).toBe(expected);
  });
});

describe('quantilesOf', () => {
  it.each([
    { values: [3, 1, 2], expected: { p50: 2, p99: 2, max: 3 } },
    { values: [7], expected: { p50: 7, p99: 7, max: 7 } },
    { values: [], expected: { p50: 0, p99: 0, max: 0 } },
  ])('of $values', ({ values, expected }) => {
    expect(quantilesOf(values)).toEqual(expected);
  });
});

describe('replaceFigures', () => {
  it('touches only what is between the marks', () => {
    const document = 'before\n<!-- figures: npm run bench -- --write -->\nold\n<!-- end of figures -->\nafter\n';
    const expected = 'before\n<!-- figures: npm run bench -- --write -->\n\nnew\n\n<!-- end of figures -->\nafter\n';
    expect(replaceFigures(document, 'new')).toBe(expected);
    expect(replaceFigures(expected, 'new')).toBe(expected);
  });

  it('refuses a document without marks', () => {
    expect(() => replaceFigures('text', 'new')).toThrow('no lines');
  });
});
