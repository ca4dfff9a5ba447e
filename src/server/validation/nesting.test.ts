import { expect, it } from 'vitest';
import { isNestedDeeper } from './nesting.ts';

it.each([
  { json: '[[1]]', levels: 2, expected: false },
  { json: '[[1]]', levels: 1, expected: true },
  { json: '{"a":[{}]}', levels: 2, expected: true },
  { json: '[[],[],[]]', levels: 2, expected: false },
  { json: '["[[[[", "\\"[[[", "\\\\"]', levels: 1, expected: false },
  { json: '"\\\\" [[', levels: 1, expected: true },
  { json: '"[[[', levels: 0, expected: false },
  { json: '['.repeat(1 << 20), levels: 1000, expected: true },
])('case %#: says $expected at $levels levels', ({ json, levels, expected }) => {
  expect(isNestedDeeper(json, levels)).toBe(expected);
});
