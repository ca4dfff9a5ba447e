import { describe, expect, it } from 'vitest';
import { toWebhookPatch } from './webhook-entry.ts';

const entry = (name: string, caBundle?: string, failurePolicy = 'Ignore') => ({
  name,
  failurePolicy,
  clientConfig: { service: { name: 'istiod' }, ...(caBundle !== undefined && { caBundle }) },
});
const wish = { isOurs: (name: string) => name.endsWith('istio.io'), caBundle: 'Q0E=', failsClosed: false };
const test = (i: number, value: string) => ({ op: 'test', path: `/webhooks/${i}/name`, value });
const bundle = (i: number) => ({ op: 'add', path: `/webhooks/${i}/clientConfig/caBundle`, value: 'Q0E=' });

describe('toWebhookPatch', () => {
  it.each([
    { when: 'all is right', webhooks: [entry('a.istio.io', 'Q0E=')], expected: [] },
    { when: 'there are none', webhooks: undefined, expected: [] },
    { when: 'one is not ours', webhooks: [entry('a.others.io', 'WA==')], expected: [] },
    {
      when: 'one of two has another bundle',
      webhooks: [entry('a.istio.io', 'Q0E='), entry('b.istio.io', 'WA==')],
      expected: [test(1, 'b.istio.io'), bundle(1)],
    },
    { when: 'one has none', webhooks: [entry('a.istio.io')], expected: [test(0, 'a.istio.io'), bundle(0)] },
    {
      when: 'it is to fail closed',
      webhooks: [entry('a.istio.io', 'Q0E=')],
      failsClosed: true,
      expected: [test(0, 'a.istio.io'), { op: 'add', path: '/webhooks/0/failurePolicy', value: 'Fail' }],
    },
    {
      when: 'it fails closed, and nobody has seen it served yet',
      webhooks: [entry('a.istio.io', 'Q0E=', 'Fail')],
      expected: [],
    },
  ])('when $when', ({ webhooks, failsClosed = false, expected }) => {
    expect(toWebhookPatch({ metadata: { name: 'x' }, webhooks }, { ...wish, failsClosed })).toEqual(expected);
  });
});
