import { describe, expect, it } from 'vitest';
import { unpackAny } from '../../gen/codec.ts';
import type { Cors } from '../../model/virtual-service.ts';
import { compileCors } from './cors.ts';
import { compileFault } from './fault.ts';
import { compileMirror } from './mirror.ts';

describe('compileFault', () => {
  it.each([
    {
      when: 'it delays and aborts',
      fault: { delay: { fixedMs: 3000, percent: 12.5 }, abort: { status: { kind: 'http', code: 503 }, percent: 1 } },
      expected: {
        delay: { fixed_delay: { seconds: 3 }, percentage: { numerator: 125_000, denominator: 'MILLION' } },
        abort: { http_status: 503, percentage: { numerator: 10_000, denominator: 'MILLION' } },
      },
    },
    {
      when: 'it aborts without a percentage',
      fault: { abort: { status: { kind: 'grpc', code: 14 } } },
      expected: { abort: { grpc_status: 14 } },
    },
    {
      when: 'it delays nothing',
      fault: { delay: { fixedMs: 1500, percent: 0 } },
      expected: { delay: { fixed_delay: { seconds: 1, nanos: 500_000_000 }, percentage: { denominator: 'MILLION' } } },
    },
    { when: 'it is empty', fault: {}, expected: undefined },
  ] as const)('when $when', ({ fault, expected }) => {
    const any = compileFault(fault);
    expect(any && unpackAny('envoy.extensions.filters.http.fault.v3.HTTPFault', any)).toEqual(expected);
  });
});

describe('compileCors', () => {
  const cors = (rest: Partial<Cors> = {}): Cors => ({
    allowOrigins: [],
    allowMethods: [],
    allowHeaders: [],
    exposeHeaders: [],
    unmatchedPreflights: 'forward',
    ...rest,
  });
  const filter_enabled = { default_value: { numerator: 100 } };

  it.each([
    {
      when: 'it says nothing',
      given: cors(),
      expected: { filter_enabled, forward_not_matching_preflights: { value: true } },
    },
    {
      when: 'it says everything',
      given: cors({
        allowOrigins: [
          { kind: 'exact', value: 'https://a' },
          { kind: 'regex', value: '.*' },
          { kind: 'prefix', value: 'https://b' },
        ],
        allowMethods: ['GET', 'POST'],
        allowHeaders: ['x-a', 'x-b'],
        exposeHeaders: ['x-c'],
        maxAgeMs: 86_400_000,
        allowCredentials: false,
        unmatchedPreflights: 'ignore',
      }),
      expected: {
        allow_origin_string_match: [{ exact: 'https://a' }, { safe_regex: { regex: '.*' } }, { prefix: 'https://b' }],
        allow_methods: 'GET,POST',
        allow_headers: 'x-a,x-b',
        expose_headers: 'x-c',
        max_age: '86400',
        allow_credentials: {},
        filter_enabled,
        forward_not_matching_preflights: {},
      },
    },
  ])('when $when', ({ given, expected }) => {
    expect(unpackAny('envoy.extensions.filters.http.cors.v3.CorsPolicy', compileCors(given))).toEqual(expected);
  });
});

describe('compileMirror', () => {
  const policy = (default_value: object) => ({
    cluster: 'c',
    runtime_fraction: { default_value },
    trace_sampled: { value: false },
    disable_shadow_host_suffix_append: true,
  });

  it.each([
    { percent: undefined, expected: policy({ numerator: 100 }) },
    { percent: 5, expected: policy({ numerator: 50_000, denominator: 'MILLION' }) },
    { percent: 0, expected: undefined },
  ])('copies $percent % of the requests', ({ percent, expected }) => {
    const mirror = { destination: { host: 'h' }, ...(percent !== undefined && { percent }) };
    expect(compileMirror(mirror, 'c', false)).toEqual(expected);
  });

  it('leaves the suffix of the host to Envoy where it is wanted', () => {
    const { disable_shadow_host_suffix_append: _, ...plain } = policy({ numerator: 100 });
    expect(compileMirror({ destination: { host: 'h' } }, 'c', true)).toEqual(plain);
  });
});
