import { describe, expect, it } from 'vitest';
import { match, prefix } from '../../../test/support/http-rule.ts';
import { compileRouteMatch, isCatchAll, MATCH_ALL } from './match.ts';

const exact = (value: string) => ({ kind: 'exact', value }) as const;
const regex = (value: string) => ({ kind: 'regex', value }) as const;
const present = { kind: 'present' } as const;
const case_sensitive = { value: true };
const slash = { prefix: '/', case_sensitive };

describe('compileRouteMatch', () => {
  it.each([
    { of: 'nothing', rule: match(), expected: slash },
    { of: 'a prefix', rule: prefix('/a/'), expected: { prefix: '/a/', case_sensitive } },
    { of: 'an exact path', rule: match({ uri: exact('/a') }), expected: { path: '/a', case_sensitive } },
    {
      of: 'a pattern',
      rule: match({ uri: regex('/a.*') }),
      expected: { safe_regex: { regex: '/a.*' }, case_sensitive },
    },
    { of: 'any path', rule: match({ uri: present }), expected: slash },
    {
      of: 'a path in any case',
      rule: prefix('/a', { ignoreUriCase: true }),
      expected: { prefix: '/a', case_sensitive: { value: false } },
    },
    {
      of: 'query parameters, by name',
      rule: match({ queryParams: { b: exact('1'), a: present, c: regex('*') } }),
      expected: {
        ...slash,
        query_parameters: [
          { name: 'a', present_match: true },
          { name: 'b', string_match: { exact: '1' } },
          { name: 'c', present_match: true },
        ],
      },
    },
    {
      of: 'headers with and without, by name, then the pseudo headers',
      rule: match({
        headers: { 'x-b': exact('b'), 'x-a': regex('a.') },
        withoutHeaders: { 'x-c': present, 'x-d': exact('1') },
        scheme: exact('https'),
        authority: { kind: 'prefix', value: 'shop.' },
        method: exact('GET'),
      }),
      expected: {
        ...slash,
        headers: [
          { name: 'x-a', string_match: { safe_regex: { regex: 'a.' } } },
          { name: 'x-b', string_match: { exact: 'b' } },
          { name: 'x-c', present_match: true, invert_match: true },
          { name: 'x-d', string_match: { exact: '1' }, invert_match: true, treat_missing_header_as_empty: true },
          { name: ':method', string_match: { exact: 'GET' } },
          { name: ':authority', string_match: { prefix: 'shop.' } },
          { name: ':scheme', string_match: { exact: 'https' } },
        ],
      },
    },
    {
      of: 'an empty value, which is a value',
      rule: match({ headers: { x: exact('') } }),
      expected: { ...slash, headers: [{ name: 'x', string_match: { exact: '' } }] },
    },
    {
      of: 'claims of a token',
      rule: match({
        headers: { '@request.auth.claims[a][b.c]': { kind: 'prefix', value: 'z' } },
        withoutHeaders: { '@request.auth.claims.sub': present },
      }),
      expected: {
        ...slash,
        dynamic_metadata: [
          {
            filter: 'envoy.filters.http.jwt_authn',
            path: [{ key: 'payload' }, { key: 'sub' }],
            value: { present_match: true },
            invert: true,
          },
          {
            filter: 'envoy.filters.http.jwt_authn',
            path: [{ key: 'payload' }, { key: 'a' }, { key: 'b.c' }],
            value: {
              or_match: {
                value_matchers: [
                  { list_match: { one_of: { string_match: { prefix: 'z' } } } },
                  { string_match: { prefix: 'z' } },
                ],
              },
            },
          },
        ],
      },
    },
  ])('compiles a match of $of', ({ rule, expected }) => {
    expect(compileRouteMatch(rule, 'istio')).toEqual(expected);
  });

  it.each([
    { semantics: 'istio', value: '/a/', expected: { prefix: '/a/' } },
    { semantics: 'gateway', value: '/a/', expected: { path_separated_prefix: '/a' } },
    { semantics: 'ingress', value: '/a', expected: { path_separated_prefix: '/a' } },
    { semantics: 'gateway', value: '/', expected: { prefix: '/' } },
  ] as const)('reads the prefix $value as the $semantics API does', ({ semantics, value, expected }) => {
    expect(compileRouteMatch(prefix(value), semantics)).toEqual({ ...expected, case_sensitive });
  });
});

describe('isCatchAll', () => {
  it.each([
    { of: 'no match', compiled: MATCH_ALL, expected: true },
    { of: 'an empty match', compiled: compileRouteMatch(match(), 'istio'), expected: true },
    { of: 'the pattern .*', compiled: compileRouteMatch(match({ uri: regex('.*') }), 'istio'), expected: true },
    { of: 'another prefix', compiled: compileRouteMatch(prefix('/a'), 'istio'), expected: false },
    { of: 'a header', compiled: compileRouteMatch(match({ headers: { a: present } }), 'istio'), expected: false },
    {
      of: 'a query parameter',
      compiled: compileRouteMatch(match({ queryParams: { a: present } }), 'istio'),
      expected: false,
    },
    {
      of: 'a claim',
      compiled: compileRouteMatch(match({ headers: { '@request.auth.claims.a': present } }), 'istio'),
      expected: false,
    },
  ])('is $expected for $of', ({ compiled, expected }) => {
    expect(isCatchAll(compiled)).toBe(expected);
  });
});
