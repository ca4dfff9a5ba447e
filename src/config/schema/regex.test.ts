import { describe, expect, it } from 'vitest';
import { judgeRegex } from './regex.ts';

describe('judgeRegex', () => {
  it.each(['a', '.*', '(?i)a|b', '[^/]+', '\\d{3}', '(?P<name>a)', '\\pL+'])('takes %s', (expression) => {
    expect(judgeRegex(expression).kind).toBe('valid');
  });

  it('counts groups', () => {
    expect(judgeRegex('(a)(?:b)(c)')).toMatchObject({ kind: 'valid', groups: 2 });
  });

  it.each([
    ['', 'it is empty'],
    ['a(?=b)', 'RE2, which proxies use, has no lookahead and no lookbehind'],
    ['(?<!a)b', 'RE2, which proxies use, has no lookahead and no lookbehind'],
    ['(a)\\1', 'RE2, which proxies use, has no back references'],
    ['a'.repeat(1025), 'it is longer than 1024 characters'],
    ['*', 'missing argument to repetition operator: `*`'],
    ['(', 'missing closing ): `(`'],
    ['((a{100}){100}){100}', 'invalid repeat count: `{100}`'],
  ])('refuses %s', (expression, reason) => {
    expect(judgeRegex(expression)).toEqual({ kind: 'invalid', reason });
  });
});
