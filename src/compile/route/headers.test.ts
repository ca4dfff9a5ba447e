import { describe, expect, it } from 'vitest';
import type { HeaderOperations, Headers } from '../../model/virtual-service.ts';
import { compileHeaderFields, findAuthority } from './headers.ts';

const operations = (rest: Partial<HeaderOperations> = {}): HeaderOperations => ({
  set: {},
  add: {},
  remove: [],
  ...rest,
});
const headers = (request: Partial<HeaderOperations>, response: Partial<HeaderOperations> = {}): Headers => ({
  request: operations(request),
  response: operations(response),
});
const setting = (key: string, value: string) => ({
  header: { key, value },
  append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
});

describe('compileHeaderFields', () => {
  it.each([
    { when: 'nothing is said', first: undefined, second: undefined, expected: {} },
    { when: 'nothing is changed', first: headers({}), second: undefined, expected: {} },
    {
      when: 'headers are set and added',
      first: headers({ set: { 'x-s': '1', 'x-k': '2' }, add: { 'x-ad': '3' } }),
      second: undefined,
      expected: {
        request_headers_to_add: [setting('x-k', '2'), setting('x-s', '1'), { header: { key: 'x-ad', value: '3' } }],
      },
    },
    {
      when: 'routing headers are among them',
      first: headers(
        { set: { Host: 'h', ':path': '/' }, remove: ['host', ':method', 'x'] },
        { set: { ':status': '1' } },
      ),
      second: undefined,
      expected: { request_headers_to_remove: ['x'] },
    },
    {
      when: 'both the rule and its destination change some',
      first: headers({ set: { a: '1' }, remove: ['r'] }, { add: { b: '2' } }),
      second: headers({ set: { c: '3' } }, { remove: ['s'] }),
      expected: {
        request_headers_to_add: [setting('a', '1'), setting('c', '3')],
        request_headers_to_remove: ['r'],
        response_headers_to_add: [{ header: { key: 'b', value: '2' } }],
        response_headers_to_remove: ['s'],
      },
    },
  ])('when $when', ({ first, second, expected }) => {
    expect(compileHeaderFields(first, second)).toEqual(expected);
  });
});

describe('findAuthority', () => {
  it.each([
    { when: 'there are no headers', given: undefined, expected: undefined },
    { when: 'no host is among them', given: headers({ set: { a: '1' } }), expected: undefined },
    { when: 'the host is set', given: headers({ set: { HOST: 'h1' } }), expected: 'h1' },
    { when: 'the authority is added', given: headers({ add: { ':authority': 'h2' } }), expected: 'h2' },
    { when: 'it is set and added', given: headers({ set: { host: 'h1' }, add: { host: 'h2' } }), expected: 'h1' },
    { when: 'only the response has one', given: headers({}, { set: { host: 'h1' } }), expected: undefined },
  ])('when $when', ({ given, expected }) => {
    expect(findAuthority(given)).toBe(expected);
  });
});
