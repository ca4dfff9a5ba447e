import { describe, expect, it } from 'vitest';
import {
  isCidr,
  isDnsLabel,
  isFqdn,
  isHeaderName,
  isLabelKey,
  isLabelValue,
  isObjectName,
  isPartialWildcard,
  isUnixAddress,
  isWildcardDomain,
} from './names.ts';

const long = 'a'.repeat(63);

describe.each([
  { test: isDnsLabel, right: ['a', 'A-1', long], wrong: ['', '-a', 'a-', 'a.b', 'a_b', `${long}a`, '*'] },
  {
    test: isFqdn,
    right: ['a', 'a.b', 'a.b.', '1.a', 'A.b-c'],
    wrong: ['', '.', 'a..b', '*.a', '1.2.3.4', 'a.1', `a.${long}a`, `${`${long}.`.repeat(4)}a`],
  },
  {
    test: isWildcardDomain,
    right: ['*', '*.a', '*a.b', '*-a.b', 'a.b'],
    wrong: ['', 'a.*', '**.a', 'a*.b', '*.1', '*..a'],
  },
  { test: isPartialWildcard, right: ['*a.com', 'a*.com'], wrong: ['*', '*.com', 'a.com'] },
  {
    test: isCidr,
    right: ['10.0.0.0/8', '::/0', '1.1.1.1/32', 'fd00::/128'],
    wrong: ['10.0.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/08', '10.0.0.0/8/8', '/8', 'a/8'],
  },
  {
    test: isUnixAddress,
    right: ['unix:///a', 'unix://@a', `unix:///${'a'.repeat(106)}`],
    wrong: ['unix://', 'unix://a', 'unix:///a/', 'unix://@', '/a', `unix:///${'a'.repeat(107)}`, 'unix:///a\0'],
  },
  { test: isLabelValue, right: ['', 'a', 'a_b.c-d', long], wrong: ['-a', 'a b', `${long}a`, 'a/b'] },
  { test: isLabelKey, right: ['a', 'a.b/c_d', 'istio.io/rev'], wrong: ['', '/a', 'a/', 'a b', 'A.b/c', `${long}a`] },
  { test: isObjectName, right: ['a', 'a.b-c', '1'], wrong: ['', 'A', 'a_b', '.a', 'a.', 'a'.repeat(254)] },
  { test: isHeaderName, right: ['x-a', 'X_A', "!#$%&'*+.^`|~"], wrong: ['', 'a b', ':path', 'ä', 'a:b'] },
])('$test.name', ({ test, right, wrong }) => {
  it.each(right)('takes %j', (text) => {
    expect(test(text)).toBe(true);
  });

  it.each(wrong)('refuses %j', (text) => {
    expect(test(text)).toBe(false);
  });
});
