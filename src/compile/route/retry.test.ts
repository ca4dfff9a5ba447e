import { describe, expect, it } from 'vitest';
import { messageToJson } from '../../gen/codec.ts';
import type { Retries } from '../../model/virtual-service.ts';
import { compileInboundRetryPolicy, compileRetryPolicy } from './retry.ts';

const RETRY_ON = 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes';
const PREVIOUS_HOSTS = {
  name: 'envoy.retry_host_predicates.previous_hosts',
  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate' },
};
const outbound = { retry_on: RETRY_ON, num_retries: 2, host_selection_retry_max_attempts: '5' };
const otherHosts = { ...outbound, retry_host_predicate: [PREVIOUS_HOSTS] };

const print = (retries: Retries | undefined, hashed: boolean) => {
  const policy = compileRetryPolicy(retries, hashed);
  return policy && messageToJson('envoy.config.route.v3.RetryPolicy', policy);
};

describe('compileRetryPolicy', () => {
  it.each([
    { when: 'nothing is said', retries: undefined, hashed: false, expected: otherHosts },
    { when: 'a hash decides the host', retries: undefined, hashed: true, expected: outbound },
    { when: 'retries are turned off', retries: { attempts: 0 }, hashed: false, expected: undefined },
    {
      when: 'attempts are given',
      retries: { attempts: 3 },
      hashed: false,
      expected: { ...otherHosts, num_retries: 3 },
    },
    {
      when: 'status codes are among the conditions',
      retries: { attempts: 3, perTryTimeoutMs: 2000, retryOn: 'gateway-error, 503,,409', retryRemoteLocalities: true },
      hashed: false,
      expected: {
        ...otherHosts,
        num_retries: 3,
        retry_on: 'gateway-error,retriable-status-codes',
        retriable_status_codes: [503, 409],
        per_try_timeout: '2s',
        retry_priority: {
          name: 'envoy.retry_priorities.previous_priorities',
          typed_config: {
            '@type':
              'type.googleapis.com/envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig',
            update_frequency: 2,
          },
        },
      },
    },
    {
      when: 'a number is no registered status code',
      retries: { attempts: 1, retryOn: '5xx,999' },
      hashed: false,
      expected: { ...otherHosts, num_retries: 1, retry_on: '5xx,999' },
    },
    {
      when: 'only status codes are given',
      retries: { attempts: 1, retryOn: '503' },
      hashed: false,
      expected: { ...otherHosts, num_retries: 1, retry_on: 'retriable-status-codes', retriable_status_codes: [503] },
    },
    {
      when: 'the same host is allowed',
      retries: { attempts: 2, retryIgnorePreviousHosts: false, backoffMs: 25 },
      hashed: false,
      expected: { ...outbound, retry_back_off: { base_interval: '0.025s' } },
    },
    {
      when: 'another host is asked for in spite of a hash',
      retries: { attempts: 2, retryIgnorePreviousHosts: true },
      hashed: true,
      expected: otherHosts,
    },
  ])('when $when', ({ retries, hashed, expected }) => {
    expect(print(retries, hashed)).toEqual(expected);
  });
});

describe('compileInboundRetryPolicy', () => {
  it.each([
    {
      when: 'nothing is said',
      retries: undefined,
      expected: { retry_on: 'reset-before-request', num_retries: { value: 2 } },
    },
    { when: 'retries are turned off', retries: { attempts: 0 }, expected: undefined },
    {
      when: 'the mesh has a policy',
      retries: { attempts: 4, retryOn: '503', backoffMs: 1000, perTryTimeoutMs: 1 },
      expected: {
        retry_on: 'retriable-status-codes',
        retriable_status_codes: [503],
        num_retries: { value: 4 },
        retry_back_off: { base_interval: { seconds: 1 } },
      },
    },
  ])('when $when', ({ retries, expected }) => {
    expect(compileInboundRetryPolicy(retries)).toEqual(expected);
  });
});
