import { describe, expect, it } from 'vitest';
import { compareSpecificity, HostIndex, hostsOverlap, isHostWithin, resolveHost } from './host.ts';

describe('hostsOverlap', () => {
  it.each([
    ['foo.com', 'foo.com', true],
    ['foo.com', 'bar.com', false],
    ['*.foo.com', 'a.foo.com', true],
    ['*.foo.com', 'foo.com', false],
    ['*', 'anything', true],
    ['*.com', '*.foo.com', true],
    ['*.foo.com', '*.bar.com', false],
    ['*.com', '*', true],
  ])('%s and %s: %s, whichever comes first', (a, b, expected) => {
    expect([hostsOverlap(a, b), hostsOverlap(b, a)]).toEqual([expected, expected]);
  });
});

describe('isHostWithin', () => {
  it.each([
    ['a.foo.com', '*.foo.com', true],
    ['*.foo.com', '*.com', true],
    ['*.com', '*.foo.com', false],
    ['*.foo.com', 'a.foo.com', false],
    ['foo.com', 'foo.com', true],
    ['foo.com', '*', true],
  ])('%s within %s: %s', (inner, outer, expected) => {
    expect(isHostWithin(inner, outer)).toBe(expected);
  });
});

describe('compareSpecificity', () => {
  it('puts literals first, then longer wildcards, then by text', () => {
    const hosts = ['*', '*.com', 'b.com', '*.foo.com', 'a.com', 'longer.com'];
    expect(hosts.sort(compareSpecificity)).toEqual(['longer.com', 'a.com', 'b.com', '*.foo.com', '*.com', '*']);
  });
});

describe('resolveHost', () => {
  it.each([
    ['reviews', 'reviews.shop.svc.cluster.local'],
    ['reviews.other', 'reviews.other'],
    ['*', '*'],
    ['', ''],
    ['10.0.0.1', '10.0.0.1'],
    ['fd00::1', 'fd00::1'],
  ])('%s is %s in namespace shop', (host, expected) => {
    expect(resolveHost(host, 'shop', 'cluster.local')).toBe(expected);
  });
});

describe('HostIndex.find', () => {
  const index = HostIndex.of([
    ['a.foo.com', 'literal'],
    ['*.foo.com', 'suffix'],
    ['*', 'all'],
    ['*.foo.com', 'late'],
  ]);
  it.each([
    ['a.foo.com', 'literal'],
    ['b.foo.com', 'suffix'],
    ['foo.com', 'all'],
    ['*.foo.com', 'suffix'],
    ['*.a.foo.com', 'suffix'],
    ['*', 'all'],
  ])('%s gives %s', (needle, expected) => {
    expect(index.find(needle)).toBe(expected);
  });

  it('gives nothing where nothing matches', () => {
    expect(HostIndex.of([['*.foo.com', 1]]).find('bar.com')).toBeUndefined();
  });
});
