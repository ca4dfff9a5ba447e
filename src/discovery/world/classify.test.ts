import { describe, expect, it } from 'vitest';
import { endpoint, registryOf } from '../../../test/support/registry.ts';
import { isEndpointsOnly } from './classify.ts';

const HOST = 'echo.default.svc.cluster.local';
const [service] = registryOf(
  '{apiVersion: v1, kind: Service, metadata: {name: echo, namespace: default}, spec: {clusterIP: 10.0.0.1, ports: [{name: http, port: 80}]}}',
).services;

const mine = endpoint('10.0.0.1', 80, { identity: 'spiffe://cluster.local/ns/default/sa/echo' });
const theirs = endpoint('10.0.0.2', 80, { identity: 'spiffe://cluster.local/ns/default/sa/other' });
const unknown = endpoint('10.0.0.3', 80);

describe('isEndpointsOnly', () => {
  it.each([
    {
      when: 'another endpoint shows the same identity',
      before: [mine],
      after: [mine, { ...mine, port: 81 }],
      is: true,
    },
    { when: 'an endpoint without identity comes', before: [mine], after: [mine, unknown], is: true },
    { when: 'an endpoint without identity goes', before: [mine, unknown], after: [mine], is: true },
    { when: 'another identity comes', before: [mine], after: [mine, theirs], is: false },
    { when: 'an identity goes', before: [mine, theirs], after: [mine], is: false },
    { when: 'all of them go', before: [mine, theirs], after: [], is: true },
  ])('is $is when $when', ({ before, after, is }) => {
    const change = { hostname: HOST, namespace: 'default', before, after };
    expect(isEndpointsOnly(new Set(['endpoints']), [change], () => service)).toBe(is);
  });
});
