import { expect, it } from 'vitest';
import { isMatchedBy, type LabelSelector } from './label-selector.ts';

const expression = (
  key: string,
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist',
  ...values: string[]
): LabelSelector => ({ matchExpressions: [{ key, operator, values }] });

it.each([
  { selector: {}, is: true },
  { selector: { matchLabels: { a: '1' } }, is: true },
  { selector: { matchLabels: { a: '2' } }, is: false },
  { selector: { matchLabels: { a: '1', c: '1' } }, is: false },
  { selector: expression('a', 'In', '1', '2'), is: true },
  { selector: expression('a', 'In', '2'), is: false },
  { selector: expression('c', 'In', '1'), is: false },
  { selector: expression('a', 'NotIn', '2'), is: true },
  { selector: expression('a', 'NotIn', '1'), is: false },
  { selector: expression('c', 'NotIn', '1'), is: true },
  { selector: expression('a', 'Exists'), is: true },
  { selector: expression('c', 'Exists'), is: false },
  { selector: expression('a', 'DoesNotExist'), is: false },
  { selector: expression('c', 'DoesNotExist'), is: true },
  { selector: { matchLabels: { a: '1' }, ...expression('b', 'In', '9') }, is: false },
])('$selector is $is of {a: 1, b: 2}', ({ selector, is }) => {
  expect(isMatchedBy({ a: '1', b: '2' }, selector)).toBe(is);
});
