import { describe, expect, it } from 'vitest';
import { match, prefix, rule, to } from '../../test/support/http-rule.ts';
import { virtualService } from '../../test/support/model.ts';
import { resolveDelegates } from './delegate.ts';
import { PRIVATE } from './visibility.ts';
import type { HttpMatch, HttpRoute, VirtualService } from './virtual-service.ts';

const limit = (ms: number) => ({ kind: 'after', ms }) as const;
const exact = (value: string) => ({ kind: 'exact', value }) as const;

const delegating = (rest: Partial<HttpRoute> = {}, namespace = 'default') =>
  rule({ action: { kind: 'delegate', name: 'd', namespace }, ...rest });
const root = (...http: readonly HttpRoute[]) => virtualService('default', 'root', { http });
const delegate = (http: readonly HttpRoute[], rest: Partial<VirtualService> = {}) =>
  virtualService('default', 'd', { hosts: [], http, ...rest });

const rulesOf = (...all: readonly VirtualService[]) => resolveDelegates(all).virtualServices.flatMap((vs) => vs.http);

describe('resolveDelegates', () => {
  it('puts the rules of the delegate in the place of the delegating rule', () => {
    const d1 = rule({
      name: 'd1',
      matches: [prefix('/p/1', { name: 'dm1' }), match({ name: 'dm2', uri: exact('/q/2') })],
      timeout: limit(9000),
    });
    const d2 = rule({ name: 'd2', matches: [prefix('/other')] });
    const d3 = rule({ name: 'd3' });
    const r = delegating({
      name: 'r',
      matches: [prefix('/p', { name: 'rm1', headers: { h: exact('1') } }), prefix('/q', { name: 'rm2' })],
      timeout: limit(3000),
    });
    const first = rule({ name: 'first', matches: [prefix('/first')] });
    const outline = rulesOf(root(first, r), delegate([d1, d2, d3])).map(({ name, matches, timeout }) => [
      name,
      matches.map((m) => [m.name, m.uri, Object.keys(m.headers)]),
      timeout,
    ]);
    expect(outline).toEqual([
      ['first', [[undefined, { kind: 'prefix', value: '/first' }, []]], { kind: 'unset' }],
      [
        'r-d1',
        [
          ['rm1-dm1', { kind: 'prefix', value: '/p/1' }, ['h']],
          ['rm2-dm2', exact('/q/2'), []],
        ],
        limit(9000),
      ],
      [
        'r-d3',
        [
          ['rm1', { kind: 'prefix', value: '/p' }, ['h']],
          ['rm2', { kind: 'prefix', value: '/q' }, []],
        ],
        limit(3000),
      ],
    ]);
  });

  it('lets a rule inherit what it does not set', () => {
    const mirrors = [{ destination: { host: 'm' } }];
    const outer = delegating({ retries: { attempts: 3 }, rewrite: { uri: '/o' }, mirrors });
    const inner = rule({ action: to('a'), rewrite: { uri: '/i' } });
    expect(rulesOf(root(outer), delegate([inner]))).toEqual([{ ...inner, retries: { attempts: 3 }, mirrors }]);
  });

  it.each([
    { when: 'there is none', others: [], code: 'VS_DELEGATE_UNKNOWN' },
    { when: 'it has hosts', others: [virtualService('default', 'd', { http: [] })], code: 'VS_DELEGATE_UNKNOWN' },
    {
      when: 'it is private to another namespace',
      others: [virtualService('shop', 'd', { hosts: [], http: [rule()], visibility: PRIVATE })],
      code: 'VS_DELEGATE_NOT_EXPORTED',
    },
    { when: 'it delegates further', others: [delegate([delegating()])], code: 'VS_DELEGATE_NESTED' },
    {
      when: 'it matches what the root does not',
      others: [delegate([rule({ matches: [prefix('/b')] })])],
      code: 'VS_DELEGATE_CONFLICT',
    },
  ])('costs the delegating rule alone, and says so, when $when', ({ others, code }) => {
    const namespace = others[0]?.meta.namespace ?? 'default';
    const start = root(delegating({ matches: [prefix('/a')] }, namespace), rule({ name: 'rest' }));
    const { virtualServices, issues } = resolveDelegates([start, ...others]);
    expect(virtualServices.find((vs) => vs.meta.name === 'root')?.http.map(({ name }) => name)).toEqual(['rest']);
    expect(issues.map((issue) => [issue.object, issue.code, issue.path, issue.severity])).toEqual([
      ['VirtualService/default/root', code, ['spec', 'http', 0, 'delegate'], 'warning'],
    ]);
  });

  it('names the delegates of what it merged', () => {
    const { virtualServices } = resolveDelegates([root(delegating()), delegate([rule()])]);
    expect(virtualServices.map((vs) => [vs.meta.name, vs.delegates])).toEqual([['root', ['VirtualService/default/d']]]);
  });

  it('keeps the identity of what did not change', () => {
    const plain = virtualService('default', 'plain');
    const [from, into] = [root(delegating()), delegate([rule()])];
    const [before, again, changed] = [
      resolveDelegates([plain, from, into]),
      resolveDelegates([plain, from, into]),
      resolveDelegates([plain, from, delegate([rule()])]),
    ];
    expect(before.virtualServices[0]).toBe(plain);
    expect(again.virtualServices[1]).toBe(before.virtualServices[1]);
    expect(changed.virtualServices[1]).not.toBe(before.virtualServices[1]);
    const list = [plain];
    expect(resolveDelegates(list)).toBe(resolveDelegates(list));
  });

  it.each([
    { when: 'nothing is said', outer: {}, inner: {}, conflict: false },
    { when: 'paths are the same', outer: { uri: exact('/a') }, inner: { uri: exact('/a') }, conflict: false },
    { when: 'paths differ', outer: { uri: exact('/a') }, inner: { uri: exact('/b') }, conflict: true },
    { when: 'a prefix is within an exact path', outer: { uri: exact('/a') }, inner: prefix('/a'), conflict: true },
    { when: 'a path is within a prefix', outer: prefix('/a'), inner: { uri: exact('/a/b') }, conflict: false },
    { when: 'a prefix is wider', outer: prefix('/a/b'), inner: prefix('/a'), conflict: true },
    {
      when: 'both are patterns',
      outer: { uri: { kind: 'regex', value: 'a' } },
      inner: { uri: { kind: 'regex', value: 'a' } },
      conflict: true,
    },
    {
      when: 'one header differs',
      outer: { headers: { h: exact('1') } },
      inner: { headers: { h: exact('2') } },
      conflict: true,
    },
    {
      when: 'headers are different ones',
      outer: { headers: { h: exact('1') } },
      inner: { headers: { i: exact('2') } },
      conflict: false,
    },
    { when: 'case counts in one', outer: { ignoreUriCase: true }, inner: {}, conflict: true },
    { when: 'ports differ', outer: { port: 80 }, inner: { port: 81 }, conflict: true },
    { when: 'one has a port', outer: { port: 80 }, inner: {}, conflict: false },
    { when: 'the inner leaves the namespace open', outer: { sourceNamespace: 'a' }, inner: {}, conflict: true },
    { when: 'the outer leaves it open', outer: {}, inner: { sourceNamespace: 'a' }, conflict: false },
    {
      when: 'a label differs',
      outer: { sourceLabels: { a: '1' } },
      inner: { sourceLabels: { a: '2' } },
      conflict: true,
    },
    {
      when: 'labels are different ones',
      outer: { sourceLabels: { a: '1' } },
      inner: { sourceLabels: { b: '2' } },
      conflict: false,
    },
    {
      when: 'the inner has another gateway',
      outer: { gateways: ['mesh'] },
      inner: { gateways: ['a/b'] },
      conflict: true,
    },
    {
      when: 'the inner has fewer gateways',
      outer: { gateways: ['mesh', 'a/b'] },
      inner: { gateways: ['a/b'] },
      conflict: false,
    },
  ] as const)('finds a conflict: $conflict, when $when', ({ outer, inner, conflict }) => {
    const matching = (rest: Partial<HttpMatch>) => ({ matches: [match(rest)] });
    const merged = rulesOf(root(delegating(matching(outer))), delegate([rule(matching(inner))]));
    expect(merged.length === 0).toBe(conflict);
  });
});
