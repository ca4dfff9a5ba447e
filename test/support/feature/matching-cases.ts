import type { JsonObject } from '../declare/declared.ts';
import type { HttpRequestOptions } from '../simulation/http-request.ts';

/** A path, and what else is to be said of a request. */
export type Call = readonly [path: string, options?: HttpRequestOptions];

/** A match, requests that it takes, and requests that it does not. */
export interface MatchingCase {
  readonly what: string;
  readonly match: JsonObject;
  readonly yes: readonly Call[];
  readonly no: readonly Call[];
}

/** What matches mean: told of the simulation by feature tests, and of a real Envoy by conformance tests. */
export const MATCHING_CASES: readonly MatchingCase[] = [
  {
    what: 'a whole path',
    match: { uri: { exact: '/a' } },
    yes: [['/a'], ['/a?q=1']],
    no: [['/a/'], ['/A'], ['/ab']],
  },
  { what: 'the beginning of a path', match: { uri: { prefix: '/a' } }, yes: [['/a'], ['/abc']], no: [['/'], ['/A']] },
  {
    what: 'a path without regard to case',
    match: { uri: { prefix: '/Api' }, ignoreUriCase: true },
    yes: [['/api/1'], ['/API']],
    no: [['/ap']],
  },
  {
    what: 'a path by expression, as a whole',
    match: { uri: { regex: '/v[0-9]+/.*' } },
    yes: [['/v1/x']],
    no: [['/v1'], ['/x/v1/']],
  },
  {
    what: 'a header',
    match: { headers: { 'end-user': { exact: 'jason' } } },
    yes: [['/', { headers: { 'end-user': 'jason' } }]],
    no: [['/'], ['/', { headers: { 'end-user': 'Jason' } }]],
  },
  {
    what: 'the presence of a header',
    match: { headers: { 'x-debug': {} } },
    yes: [['/', { headers: { 'x-debug': '' } }]],
    no: [['/']],
  },
  {
    what: 'the absence of a header',
    match: { withoutHeaders: { 'x-debug': {} } },
    yes: [['/']],
    no: [['/', { headers: { 'x-debug': '1' } }]],
  },
  {
    what: 'a header that is not of some value, or is not there',
    match: { withoutHeaders: { 'x-env': { exact: 'test' } } },
    yes: [['/'], ['/', { headers: { 'x-env': 'prod' } }]],
    no: [['/', { headers: { 'x-env': 'test' } }]],
  },
  {
    what: 'a method',
    match: { method: { exact: 'POST' } },
    yes: [['/', { method: 'POST' }]],
    no: [['/']],
  },
  {
    what: 'a query parameter',
    match: { queryParams: { user: { prefix: 'j' } } },
    yes: [['/?user=jason'], ['/?a=b&user=jo']],
    no: [['/'], ['/?user=mary']],
  },
  {
    what: 'all conditions of one match',
    match: { uri: { prefix: '/api' }, headers: { 'x-a': { regex: 'a+' } } },
    yes: [['/api', { headers: { 'x-a': 'aaa' } }]],
    no: [['/api'], ['/', { headers: { 'x-a': 'aaa' } }], ['/api', { headers: { 'x-a': 'aab' } }]],
  },
];
